// A removed article's row is gone, and its button with it: the focus goes on to the way back.
let removed = false;
document.addEventListener('click', (event) => { removed = removed || Boolean(event.target.closest('[data-remove]')); });
watch('value', () => {
  if (removed) element.querySelector('[data-undo]')?.focus();
  removed = false;
});
