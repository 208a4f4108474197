// The article view: opens when the server fills it, shows the mark, closes by Escape, its button or a click beside it.
const show = () => {
  const dialog = element.querySelector('dialog');
  if (!dialog || dialog.open) return;
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog || event.target.closest('[data-close]')) dialog.close();
  });
  dialog.showModal();
  const mark = dialog.querySelector('#passage-mark');
  if (mark) mark.scrollIntoView({ block: 'center' });
};
watch('value', show);
