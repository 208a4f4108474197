// Runs once, with the page's first part. Whatever changes the conversation waits here for its turn, so that an Enter counts at any
// moment. The box belongs to its writer: the server never writes it, and only an empty one is given a question back.
if (!window.newsqa) {
  const waiting = [];
  let busy = true; // until the page's own content is there
  let trigger = null;
  let place = null;
  let asked = null; // the question that is being answered
  let shown = ''; // the kept conversation that the page shows, by its id
  let reloading = false;
  let lost = false;
  let looking = 0;
  let narrowing = false; // what is asked goes by the fields, once a chip that was clicked is gone from them
  const box = () => document.querySelector('#nq-question textarea');
  const write = (field, text) => { // as if it were typed
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const giveBack = (text) => { if (text && box() && !box().value) write(box(), text); };
  const show = () => {
    if (!place) return;
    const next = waiting.filter(([name]) => name === 'ask').map(([, { question }]) => question.slice(0, 200));
    const words = lost ? 'The server does not answer.' : next.length ? `Next: ${next.join(' · ')}` : '';
    place.textContent = lost && (asked || next.length) ? `${words} Your question is asked as soon as it does.` : words;
  };
  const pending = 'newsqa-pending';
  const draft = 'newsqa-draft';
  const tab = { // a browser may be told to keep nothing
    read: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    keep: (key, text) => { try { sessionStorage.setItem(key, text); } catch { /* then a reload forgets it */ } },
  };
  const unasked = () => [...(asked ? [['ask', asked]] : []), ...waiting.filter(([name]) => ['ask', 'fresh', 'restore'].includes(name))];
  const note = () => tab.keep(pending, JSON.stringify(unasked()));
  const go = () => {
    if (!busy && !narrowing && trigger && waiting.length) {
      busy = true;
      const [name, given] = waiting.shift();
      const data = name === 'restore' ? window.newsqa.opened(given) : given; // as it is when its turn has come
      asked = name === 'ask' ? data : null;
      if (['fresh', 'restore'].includes(name)) shown = data.conversation || '';
      if (name === 'fresh') window.newsqa.showAddress('');
      if (name === 'restore') window.newsqa.showAddress(data.address ? `?c=${data.address}` : '');
      trigger(name, data);
      look();
    }
    if (trigger) note();
    show();
  };
  const add = (name, data = {}) => { waiting.push([name, data]); go(); };
  const send = () => {
    const question = box().value;
    write(box(), '');
    add('ask', { question });
  };
  // What this tab had not asked yet when it was loaded anew, in which conversation, and what was being typed.
  const recall = () => {
    const left = JSON.parse(tab.read(pending) || '[]');
    const typed = tab.read(draft);
    waiting.unshift(...left.filter(Array.isArray));
    const fill = () => { if (box()) giveBack(typed); else requestAnimationFrame(fill); };
    if (typed) fill();
  };
  const answers = () => fetch('gradio_api/app_id').then((reply) => reply.json())
    .then((said) => said.app_id === window.gradio_config.app_id);
  const reload = () => { reloading = true; location.reload(); };
  const waitForServer = () => {
    lost = true;
    show();
    answers().then(reload, () => setTimeout(waitForServer, 2000));
  };
  // Gradio tells of no event whose connection was lost, nor of any after it.
  const look = () => {
    clearTimeout(looking);
    looking = setTimeout(() => {
      if (!busy || reloading || lost) return;
      fetch('gradio_api/app_id').then(
        ({ status }) => { if ([502, 504].includes(status)) missed(); else look(); },
        missed,
      );
    }, 1500);
  };
  const missed = () => { if (busy && !reloading && !lost) waitForServer(); };
  const finish = (failed) => {
    busy = false;
    if (failed) giveBack(asked?.question);
    asked = null;
    go();
  };
  window.newsqa = {
    add,
    tab,
    write,
    giveBack,
    shown: () => shown,
    kept({ id, exchanges }) { // its last question need not be asked again, should the tab be loaded anew before its turn is over
      shown = exchanges.length ? id : '';
      if (asked && exchanges.at(-1)?.question === asked.question) { asked = null; note(); }
    },
    reload,
    abandon() { asked = null; window.newsqa.showAddress(''); add('fresh'); },
    narrow(begun) { narrowing = begun; go(); },
    print(turn) {
      const others = [...document.querySelectorAll('.nq-turn')].filter((other) => other !== turn);
      others.forEach((other) => other.classList.add('nq-left-out'));
      window.print();
      others.forEach((other) => other.classList.remove('nq-left-out'));
    },
    begin(fire, names) {
      trigger = (name, data) => { if (names.includes(name)) fire(name, data); };
      recall();
      const typedMeanwhile = waiting.splice(0);
      window.newsqa.arrive();
      waiting.push(...typedMeanwhile);
      go();
    },
    done(failed) {
      if (reloading || lost) return;
      if (failed) answers().then((same) => (same ? finish(true) : reload()), waitForServer);
      else finish(false);
    },
    // One request at a time, and then the latest of each kind that has come meanwhile. Left to Gradio, what comes together is asked
    // at once, so that an older answer may come last, or is not asked at all.
    oneByOne(request) {
      const next = new Map();
      let asking = false;
      const answered = () => {
        const [[kind, given] = []] = next;
        asking = next.delete(kind);
        if (asking) request(given);
      };
      const ask = (given = {}) => {
        const kind = Object.keys(given).join();
        next.delete(kind);
        next.set(kind, given);
        if (!asking) answered();
      };
      return { ask, answered };
    },
    showWaiting(element) { place = element; element.setAttribute('role', 'status'); show(); },
  };
  // What is under way when the tab is left fails, which is no answer.
  addEventListener('beforeunload', () => { reloading = true; });
  document.addEventListener('input', ({ target }) => {
    if (target === box()) tab.keep(draft, target.value);
  }, true);
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
