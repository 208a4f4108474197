// The days may be written in words or picked from a calendar, which writes the words. Where a chip goes, the focus goes to the box.
const picked = () => [...document.querySelectorAll('#nq-picker input')];
const beingTyped = (input) => input === document.activeElement && (input.value || input.validity.badInput);
const write = (text) => window.newsqa.write(document.querySelector('#nq-days :is(input, textarea)'), text);
window.newsqa.fillDays = () => { // also when the calendar is made, which is when the fields are opened
  const days = element.querySelector('[data-days]')?.dataset;
  picked().filter((input) => !beingTyped(input)).forEach((input) => { input.value = days?.[input.name] || ''; });
};
window.newsqa.filters = window.newsqa.oneByOne(() => trigger('show_filters'));
watch('value', () => {
  const chosen = element.querySelector('[data-chosen]')?.dataset.chosen;
  if (chosen !== undefined) window.newsqa.tab.keep('newsqa-chosen', chosen);
  window.newsqa.fillDays();
});
let waited = 0;
element.addEventListener('click', (event) => {
  const data = event.target.closest('[data-drop]')?.dataset;
  if (!data) return;
  const chips = [...element.querySelectorAll('[data-drop]')]; // until they are shown anew: one more click would bring this one back
  const offer = (offered) => {
    chips.forEach((chip) => { chip.disabled = !offered; });
    window.newsqa.narrow(!offered);
  };
  offer(false);
  clearTimeout(waited);
  waited = setTimeout(offer, 5000, true); // should they not be
  trigger('drop_filter', { kind: data.drop, name: data.name });
  document.querySelector('#nq-question textarea').focus();
});
document.addEventListener('change', (event) => {
  if (!event.target.matches('#nq-picker input')) return;
  const [since, until] = picked().map((input) => input.value);
  write(since && until ? `${since} to ${until}` : since ? `since ${since}` : until ? `until ${until}` : '');
});
