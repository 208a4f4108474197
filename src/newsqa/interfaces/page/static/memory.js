// What this browser remembers: an entry of its storage for each conversation, so that no tab overwrites what another has kept.
if (!window.newsqa.memory) {
  const prefix = 'newsqa-conversation-';
  const earlier = 'newsqa-conversations'; // all in one entry, as an earlier newsqa kept them
  const adopted = 'newsqa-adopted';
  const read = (key) => {
    try {
      const entry = JSON.parse(localStorage.getItem(key));
      return Array.isArray(entry?.exchanges) && entry.exchanges.length ? entry : null;
    } catch { return null; }
  };
  const keys = () => {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(prefix)); }
    catch { return []; } // a browser may be told to keep nothing
  };
  const entries = () => keys().map(read).filter((entry) => entry)
    .sort((one, other) => (other.at || 0) - (one.at || 0));
  const forget = (id) => {
    const text = keys().length ? localStorage.getItem(prefix + id) : null;
    if (text) localStorage.removeItem(prefix + id);
    return text;
  };
  const putBack = (id, text) => { if (text) localStorage.setItem(prefix + id, text); };
  const rename = (id, title) => {
    const entry = read(prefix + id);
    if (entry) putBack(id, JSON.stringify({ ...entry, title }));
  };
  const keep = (entry, at = Date.now()) => {
    if (!entry.exchanges.length) { forget(entry.id); return ''; }
    const text = JSON.stringify({ title: read(prefix + entry.id)?.title, ...entry, at });
    const left = [];
    for (;;) {
      try {
        localStorage.setItem(prefix + entry.id, text);
        return left.length ? `This browser’s memory was full: ${left.join(', ')} made room.` : '';
      } catch {
        const oldest = entries().filter((other) => other.id !== entry.id).pop();
        if (!oldest) return 'This browser keeps no more: the conversation will be gone when this tab is closed.';
        localStorage.removeItem(prefix + oldest.id);
        left.push(`“${oldest.exchanges[0].question}”`);
      }
    }
  };
  const wanted = () => (document.querySelector('#nq-kept-tools input')?.value ?? '').toLowerCase().split(/\s+/);
  const said = ({ title, exchanges }) => [title, ...exchanges.map((one) => `${one.question} ${one.answer?.text}`)].join(' ').toLowerCase();
  const list = (words = wanted()) => JSON.stringify(entries().filter((entry) => words.every((word) => said(entry).includes(word)))
    .map(({ id, day, gone, title, exchanges }) => ({
      id, day, gone: gone || 0, count: exchanges.length, question: String(title || exchanges[0].question).slice(0, 500),
    })));
  const adopt = (old) => {
    if (!Array.isArray(old) || !old.length || localStorage.getItem(adopted)) return;
    localStorage.setItem(adopted, 'yes');
    [...old].reverse().forEach((entry, place) => keep(entry, place + 1));
    localStorage.removeItem(earlier);
  };
  window.newsqa.memory = {
    list,
    keep,
    open: (old) => { adopt(old); return list(); },
    read: (id) => read(prefix + id) ?? { exchanges: [] },
    find: (address) => entries().find((entry) => entry.address === address)?.id,
    forget,
    putBack,
    rename,
    watch: (changed) => addEventListener('storage', ({ key }) => { if (!key || key.startsWith(prefix)) changed(); }),
  };
}
