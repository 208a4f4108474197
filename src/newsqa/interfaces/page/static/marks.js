// With the article view: the way from mark to mark, by two buttons and by the arrow keys.
const lead = () => {
  const dialog = element.querySelector('dialog');
  const marks = [...dialog?.querySelectorAll('mark.nq-in-quote') ?? []];
  const bar = dialog?.querySelector('.nq-marks');
  if (marks.length < 2 || !bar.hidden) return;
  let here = Math.max(0, marks.indexOf(dialog.querySelector('#passage-mark')));
  const tell = () => {
    bar.querySelector('output').textContent = `Mark ${here + 1} of ${marks.length}`;
    marks.forEach((mark, index) => mark.classList.toggle('nq-here', index === here));
  };
  const go = (step) => {
    here = (here + step + marks.length) % marks.length;
    marks[here].scrollIntoView({ block: 'center' });
    tell();
  };
  bar.hidden = false;
  bar.addEventListener('click', (event) => {
    const button = event.target.closest('[data-step]');
    if (button) go(Number(button.dataset.step));
  });
  dialog.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(step);
  });
  tell();
};
watch('value', lead);
