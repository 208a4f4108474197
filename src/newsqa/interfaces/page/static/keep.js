// A conversation arrives here to be kept; what had to make room for it is said. What other tabs keep is listed, too.
watch('value', () => {
  const arrived = element.querySelector('[data-keep]');
  if (arrived) arrived.textContent = window.newsqa.memory.keep(JSON.parse(arrived.dataset.keep));
});
window.newsqa.memory.watch(() => trigger('list_kept'));
