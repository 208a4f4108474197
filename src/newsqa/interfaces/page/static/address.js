// The address of the page: what it asks for is asked once, and it always leads back to the conversation that is shown.
if (!window.newsqa.showAddress) {
  const shown = 'newsqa-shown';
  window.newsqa.showAddress = (query, place = '') => {
    window.newsqa.tab.keep(shown, query);
    history.replaceState(history.state, '', location.pathname + query + place);
  };
  // A page that is being loaded anew may still be given an answer to keep, when its address cannot change any more.
  const search = () => {
    const reloaded = performance.getEntriesByType('navigation')[0]?.type === 'reload';
    const kept = reloaded ? window.newsqa.tab.read(shown) : null;
    if (kept === null) window.newsqa.tab.keep(shown, location.search);
    else if (kept !== location.search) window.newsqa.showAddress(kept);
    return location.search;
  };
  window.newsqa.arrive = () => {
    const asked = new URLSearchParams(search());
    const [conversation, question] = [asked.get('c'), asked.get('q')];
    const mine = conversation && window.newsqa.memory.find(conversation);
    if (mine) {
      window.newsqa.restore(mine);
      asked.delete('c');
    }
    const names = [...asked.keys()];
    const filters = new URLSearchParams([...asked].filter(([name]) => !['q', 'a', 'c'].includes(name)));
    if (names.some((name) => name !== 'c')) window.newsqa.tab.keep('newsqa-chosen', filters); // should it be loaded anew before they are shown
    const chosen = names.every((name) => name === 'c') ? window.newsqa.tab.read('newsqa-chosen') : ''; // else the address chooses
    if (chosen || names.some((name) => name !== 'q')) {
      window.newsqa.add('arrive', { search: `${asked}&${chosen || ''}`.slice(0, 8192) });
    }
    if (question) {
      window.newsqa.add('ask', { question });
      window.newsqa.showAddress(''); // else it would be asked again with every load
    }
  };
  // Gradio's base address has no query: a link to a place in the page would load the page without it.
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (location.hash === link.hash) document.getElementById(link.hash.slice(1))?.scrollIntoView();
    location.hash = link.hash;
  });
  window.newsqa.restore = (id, tab = '') => window.newsqa.add('restore', { id, tab });
  window.newsqa.opened = ({ id, tab }) => {
    const entry = window.newsqa.memory.open(id);
    return { conversation: entry.id, exchanges: JSON.stringify(entry.exchanges), address: entry.address || '', tab };
  };
  // A step back to where a link to a place was followed: the conversation is still the one that is shown.
  addEventListener('popstate', () => {
    const query = window.newsqa.tab.read(shown);
    if (query !== null && query !== location.search) window.newsqa.showAddress(query, location.hash);
  });
}
