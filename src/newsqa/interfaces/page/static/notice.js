// A question that could not be answered goes back into the box, unless something else is being typed there. A page that the
// server knows nothing of any more is loaded anew; what it was to ask is asked then.
watch('value', () => {
  if (element.querySelector('[data-lost]')) window.newsqa.reload();
  else window.newsqa.giveBack(element.querySelector('[data-back]')?.dataset.back);
});
