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
  // What this tab has last seen of a conversation: if another tab has gone on with it since, both go on apart.
  const seen = new Map();
  const apart = new Map();
  const forgotten = new Map(); // as they were when they were deleted, or have become since
  const own = (id) => apart.get(id) ?? id;
  const textOf = (entry, count) => JSON.stringify(entry.exchanges.slice(0, count));
  const see = (id, entry) => { seen.set(id, textOf(entry)); return entry; };
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const store = (id, entry) => localStorage.setItem(prefix + id, JSON.stringify(entry));
  const forget = (id) => {
    const entry = read(prefix + id);
    if (entry) { forgotten.set(id, entry); localStorage.removeItem(prefix + id); }
    return Boolean(entry);
  };
  const putBack = (id) => {
    const [entry, now] = [forgotten.get(id), read(prefix + id)]; // another tab may have gone on with it
    forgotten.delete(id);
    if (!entry?.exchanges.length || (now && textOf(now, entry.exchanges.length) === textOf(entry))) return;
    const place = now ? newId() : id;
    store(place, { ...entry, id: place });
    see(place, entry);
  };
  const rename = (id, title) => {
    const entry = read(prefix + id);
    if (entry) store(id, { ...entry, title });
  };
  const keep = (entry, at = Date.now()) => {
    const before = own(entry.id);
    const stored = read(prefix + before);
    if (stored && seen.has(before) && ![seen.get(before), textOf(entry)].includes(textOf(stored))) apart.set(entry.id, newId());
    const id = entry.id = own(entry.id);
    const kept = { title: (forgotten.get(id) ?? stored)?.title, ...entry, at };
    if (forgotten.has(id)) { forgotten.set(id, kept); return null; }
    if (!entry.exchanges.length) { if (stored) localStorage.removeItem(prefix + id); return ''; }
    const left = [];
    for (;;) {
      try {
        store(id, kept);
        see(id, entry);
        return left.length ? `This browser’s memory was full: ${left.join(', ')} made room.` : '';
      } catch {
        const oldest = entries().filter((other) => other.id !== id).pop();
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
    begin: (old) => { adopt(old); return list(); },
    open(id) { // to go on with it in this tab; what is deleted by then is a new one
      const entry = read(prefix + id);
      if (!entry) return { id: newId(), exchanges: [] };
      forgotten.delete(id);
      apart.delete(id);
      return see(id, { ...entry, id });
    },
    find: (address) => entries().find((entry) => entry.address === address)?.id,
    forget,
    putBack,
    rename,
    watch: (changed) => addEventListener('storage', ({ key }) => { if (!key || key.startsWith(prefix)) changed(); }),
  };
}
