// A web address whose articles are in goes from its box, unless another has been written there meanwhile.
watch('value', () => {
  const fetched = element.querySelector('[data-fetched]')?.dataset.fetched;
  const box = document.querySelector('#nq-address :is(input, textarea)');
  if (box && box.value === fetched) window.newsqa.write(box, '');
});
