// Runs once, with the page's first part. Whatever changes the conversation waits here for its turn, so that an Enter counts at any
// moment. The box belongs to its writer: the server never writes it, and only an empty one is given a question back.
if (!window.newsqa) {
  const waiting = [];
  let busy = true; // until the page's own content is there
  let trigger = null;
  let place = null;
  let asked = '';
  const box = () => document.querySelector('#nq-question textarea');
  const write = (text) => {
    box().value = text;
    box().dispatchEvent(new Event('input', { bubbles: true }));
  };
  const giveBack = (text) => { if (text && box() && !box().value) write(text); };
  const show = () => {
    if (!place) return;
    const next = waiting.filter(([name]) => name === 'ask').map(([, data]) => data.question.slice(0, 200));
    place.textContent = next.length ? `Next: ${next.join(' · ')}` : '';
  };
  const go = () => {
    if (!busy && trigger && waiting.length) {
      busy = true;
      const [name, data] = waiting.shift();
      asked = data.question || '';
      trigger(name, data);
    }
    show();
  };
  const add = (name, data = {}) => { waiting.push([name, data]); go(); };
  const send = () => {
    const question = box().value;
    write('');
    add('ask', { question });
  };
  const prefill = () => {
    const question = new URLSearchParams(location.search).get('q');
    if (question && !box()) requestAnimationFrame(prefill);
    else giveBack((question || '').slice(0, 1000));
  };
  window.newsqa = {
    add,
    giveBack,
    begin(fire, names) {
      trigger = (name, data) => { if (names.includes(name)) fire(name, data); };
      prefill();
      go();
    },
    done(failed) {
      busy = false;
      if (failed) giveBack(asked);
      go();
    },
    showWaiting(element) { place = element; element.setAttribute('role', 'status'); show(); },
  };
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing || !event.target.matches('#nq-question textarea')) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  }, true);
  document.addEventListener('click', (event) => {
    if (!event.target.closest('#nq-question button')) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  }, true);
}
