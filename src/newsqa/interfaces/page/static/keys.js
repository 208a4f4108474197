// Runs once, with the page's first part: what the keyboard and screen readers need beyond what Gradio's parts give them.
if (!window.newsqaKeys) {
  window.newsqaKeys = true;
  const tabs = () => [...document.querySelectorAll('#nq-tabs [role="tab"]')];
  const turn = (event) => {
    const all = tabs();
    const here = all.indexOf(event.target);
    const count = all.length;
    const to = { ArrowRight: (here + 1) % count, ArrowLeft: (here + count - 1) % count, Home: 0, End: count - 1 }[event.key];
    if (here < 0 || to === undefined) return;
    event.preventDefault();
    all[to].focus();
    all[to].click();
  };
  // A conversation that is brought back has the focus, which its button in the other tab has lost.
  const follow = (button) => {
    if (![button, document.body].includes(document.activeElement)) return;
    const title = document.querySelector('#nq-current .nq-turn > h2');
    if (title?.checkVisibility()) title.focus();
    else requestAnimationFrame(() => follow(button));
  };
  const tend = () => {
    tabs().forEach((tab) => { tab.tabIndex = tab.ariaSelected === 'true' ? 0 : -1; });
    document.querySelector('#nq-upload button[aria-label]')?.removeAttribute('aria-label'); // it has other words in it
  };
  document.addEventListener('keydown', turn);
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-restore]');
    if (button) follow(button);
  });
  new MutationObserver(tend).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ['aria-selected'],
  });
  tend();
}
