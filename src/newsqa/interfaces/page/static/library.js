// A removed article's row is gone, and its button with it, as is that of a change that was undone: the focus goes on.
let removed = false;
let undone = false;
document.addEventListener('click', (event) => {
  removed = removed || Boolean(event.target.closest('[data-remove]'));
  undone = undone || Boolean(event.target.closest('[data-undo]'));
});
watch('value', () => {
  const left = document.activeElement;
  const lost = (removed || undone) && (!left || left === document.body || left.matches('[data-remove]'));
  if (lost) (element.querySelector('[data-undo]') ?? document.querySelector('#nq-find :is(input, textarea)'))?.focus();
  removed = undone = false;
});
