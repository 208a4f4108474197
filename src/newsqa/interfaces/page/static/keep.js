const list = window.newsqa.list = window.newsqa.oneByOne(() => trigger('list_kept'));
// A conversation arrives here to be kept; what had to make room for it is said. What other tabs keep is listed, too.
watch('value', () => {
  const arrived = element.querySelector('[data-keep]');
  if (!arrived) return;
  const entry = JSON.parse(arrived.dataset.keep);
  const words = window.newsqa.memory.keep(entry); // none: it was deleted meanwhile
  arrived.textContent = words ?? '';
  if (words !== null) window.newsqa.showAddress(entry.address ? `?c=${entry.address}` : '');
  window.newsqa.kept(entry);
  list.ask();
});
window.newsqa.memory.watch(() => list.ask());
