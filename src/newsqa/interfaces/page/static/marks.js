// With the article view: the way from mark to mark, by two buttons and by the arrow keys.
let marks = [];
let here = 0;
const bar = () => element.querySelector('.nq-marks');
const tell = () => {
  bar().querySelector('output').textContent = `Mark ${here + 1} of ${marks.length}`;
  marks.forEach((mark, index) => mark.classList.toggle('nq-here', index === here));
};
const go = (step) => {
  here = (here + step + marks.length) % marks.length;
  marks[here].scrollIntoView({ block: 'center' });
  tell();
};
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-step]');
  if (button) go(Number(button.dataset.step));
});
element.addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || marks.length < 2 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  go(step);
});
watch('value', () => {
  marks = [...element.querySelectorAll('mark.nq-in-quote')];
  here = Math.max(0, marks.findIndex((mark) => mark.id === 'passage-mark'));
  if (marks.length < 2) return;
  bar().hidden = false;
  tell();
});
