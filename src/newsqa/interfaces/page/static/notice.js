// A question that could not be answered goes back into the box, unless something else is being typed there.
watch('value', () => window.newsqa.giveBack(element.querySelector('[data-back]')?.dataset.back));
