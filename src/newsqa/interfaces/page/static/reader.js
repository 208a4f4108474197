// The article view: opens when the server fills it, at the mark or at the top, closes by Escape, its button, a click beside
// it, or the browser's way back. While it is open, there is a step to go back in the browser's history.
// Gradio fills the same nodes with the next article: what listens to them is put above them, once.
window.newsqa.reader = window.newsqa.oneByOne((article) => trigger('open_article', article));
const mine = 'newsqa-article';
let opener = null;
const opened = () => element.querySelector('dialog');
const show = () => {
  const dialog = opened();
  if (!dialog || dialog.open) return;
  opener = document.activeElement;
  dialog.showModal();
  if (!history.state?.[mine]) history.pushState({ ...history.state, [mine]: true }, '');
  dialog.querySelector('.nq-article').scrollTop = 0; // where the last one was left
  dialog.querySelector('#passage-mark')?.scrollIntoView({ block: 'center' });
};
element.addEventListener('click', ({ target }) => {
  if (target === opened() || target.closest('[data-close]')) opened()?.close();
});
element.addEventListener('close', () => { if (history.state?.[mine]) history.back(); }, true); // it does not bubble
addEventListener('popstate', () => {
  if (history.state?.[mine]) return;
  if (opened()?.open) opened().close();
  setTimeout(() => opener?.focus({ preventScroll: true })); // a step back to an address with a # moves the focus there
});
watch('value', show);
