// The article view: opens when the server fills it, shows the mark, closes by Escape, its button, a click beside it, or the
// browser's way back. While it is open, there is a step to go back in the browser's history.
const mine = 'newsqa-article';
let opener = null;
const opened = () => element.querySelector('dialog');
const show = () => {
  const dialog = opened();
  if (!dialog || dialog.open) return;
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog || event.target.closest('[data-close]')) dialog.close();
  });
  dialog.addEventListener('close', () => { if (history.state?.[mine]) history.back(); });
  opener = document.activeElement;
  dialog.showModal();
  if (!history.state?.[mine]) history.pushState({ ...history.state, [mine]: true }, '');
  const mark = dialog.querySelector('#passage-mark');
  if (mark) mark.scrollIntoView({ block: 'center' });
};
addEventListener('popstate', () => {
  if (history.state?.[mine]) return;
  if (opened()?.open) opened().close();
  setTimeout(() => opener?.focus({ preventScroll: true })); // a step back to an address with a # moves the focus there
});
watch('value', show);
