// The conversations that this browser keeps: searched, renamed, deleted and brought back, all in its own storage.
const memory = window.newsqa.memory;
const [search, naming, said] = ['input[type=search]', 'form', '[role=status]'].map((part) => element.querySelector(part));
const list = () => window.newsqa.list.ask();
const tell = (words, undo) => {
  const line = document.createElement('span');
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'nq-act', textContent: 'Undo' });
  button.addEventListener('click', () => { undo(); line.remove(); search.focus(); list(); });
  line.append(words, ' ', button, ' ');
  said.append(line);
  button.focus();
};
const name = (id, title) => {
  naming.hidden = false;
  naming.dataset.id = id;
  naming.elements.name.value = title;
  naming.elements.name.select();
};
const leave = () => { naming.hidden = true; search.focus(); };
search.addEventListener('input', list);
naming.addEventListener('submit', (event) => {
  event.preventDefault();
  memory.rename(naming.dataset.id, naming.elements.name.value.trim());
  leave();
  list();
});
naming.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  event.stopPropagation();
  leave();
});
element.querySelector('[data-new]').addEventListener('click', () => {
  window.newsqa.add('fresh');
  document.querySelector('#nq-tabs [role=tab]').click();
});
document.addEventListener('click', (event) => {
  const button = event.target.closest('#nq-kept button');
  if (!button) return;
  const title = button.closest('li').querySelector('.nq-open').textContent;
  if (button.dataset.rename) name(button.dataset.rename, title);
  if (!button.dataset.delete) return;
  const id = button.dataset.delete;
  if (!memory.forget(id)) return;
  const left = id === window.newsqa.shown(); // else the next question would bring it back
  if (left) window.newsqa.abandon();
  tell(`Deleted “${title}”.`, () => {
    memory.putBack(id);
    if (left && !window.newsqa.shown()) window.newsqa.restore(id);
  });
  list();
});
