// Runs with the footer: colours, size of letters, and the list of keys. What is chosen is kept in this browser.
const key = 'newsqa-look';
const read = () => {
  try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
};
const system = matchMedia('(prefers-color-scheme: dark)');
const apply = () => {
  const look = read();
  const dark = look.colours === 'dark' || (look.colours !== 'light' && system.matches);
  if (document.body.classList.contains('dark') !== dark) document.body.classList.toggle('dark', dark);
  document.documentElement.style.fontSize = ['112.5%', '125%', '150%'].includes(look.letters) ? look.letters : '';
  element.querySelectorAll('select').forEach((one) => { one.value = look[one.name] || ''; });
};
const keys = element.querySelector('dialog');
const typing = (node) => node.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');
element.addEventListener('change', (event) => {
  try { localStorage.setItem(key, JSON.stringify({ ...read(), [event.target.name]: event.target.value })); }
  catch { return; } // a browser may be told to keep nothing
  apply();
});
element.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys]')) keys.showModal();
  else if (event.target === keys || event.target.closest('[data-close]')) keys.close();
});
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === '?') {
    event.preventDefault();
    keys.showModal();
  }
  if (event.key === '/') {
    event.preventDefault();
    document.querySelector('#nq-tabs [role="tab"]').click();
    requestAnimationFrame(() => document.querySelector('#nq-question textarea').focus());
  }
});
system.addEventListener('change', apply);
addEventListener('storage', (event) => { if (event.key === key) apply(); });
new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ['class'] }); // Gradio sets it, too
apply();
