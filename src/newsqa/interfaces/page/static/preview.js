// Runs once: who points at a citation, or reaches it by keyboard, sees its quote, outlet and day at once. Escape closes it.
if (!window.newsqaPreview) {
  const box = document.createElement('div');
  window.newsqaPreview = box;
  box.id = 'nq-preview';
  box.setAttribute('role', 'tooltip');
  box.popover = 'manual';
  let shown = null;
  let leaving = 0;
  const close = () => {
    clearTimeout(leaving);
    shown?.removeAttribute('aria-describedby');
    shown = null;
    if (box.isConnected && box.matches(':popover-open')) box.hidePopover();
  };
  const show = (link) => {
    clearTimeout(leaving);
    if (link === shown) return;
    close();
    const card = document.getElementById(link.hash.slice(1));
    const quote = card?.querySelector('mark');
    if (!quote) return;
    const words = document.createElement('p');
    words.dir = 'auto';
    words.textContent = `“${quote.textContent}”`;
    box.replaceChildren(words, card.querySelector('.nq-kicker').cloneNode(true));
    document.querySelector('main').append(box);
    box.showPopover();
    const [at, size] = [link.getBoundingClientRect(), box.getBoundingClientRect()];
    const below = at.bottom + size.height + 8 < innerHeight || at.top < size.height + 8;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
    box.style.top = `${below ? at.bottom + 4 : at.top - size.height - 4}px`;
    link.setAttribute('aria-describedby', box.id);
    shown = link;
  };
  const leave = () => { clearTimeout(leaving); leaving = setTimeout(close, 200); };
  const cited = (event) => event.target.closest?.('a.nq-ref');
  document.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'touch') return;
    if (cited(event)) show(cited(event));
    else if (box.contains(event.target)) clearTimeout(leaving);
    else if (shown && shown !== document.activeElement) leave();
  });
  document.addEventListener('focusin', (event) => { if (cited(event)?.matches(':focus-visible')) show(cited(event)); else close(); });
  document.addEventListener('focusout', (event) => { if (cited(event) === shown) close(); });
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && shown) { event.preventDefault(); close(); } });
  document.addEventListener('click', close);
  addEventListener('scroll', close, { passive: true });
}
