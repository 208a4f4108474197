// A question that could not be answered goes back into the box, unless something else is being typed there. A page that the
// server knows nothing of any more is loaded anew; what it was to ask is asked then. On a phone the reason would be below the fold.
watch('value', () => {
  if (element.querySelector('[data-lost]')) { window.newsqa.reload(); return; }
  window.newsqa.giveBack(element.querySelector('[data-back]')?.dataset.back);
  const reason = element.querySelector('[role=alert]');
  const { top, bottom } = reason?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
  if (top < 0 || bottom > innerHeight) reason.scrollIntoView({ block: 'center' });
});
