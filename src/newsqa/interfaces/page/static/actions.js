// Runs once for each gr.HTML: turns clicks on buttons inside it into events for the server, and copies text.
// The buttons of an example or of the current answer go away once they have done their work; the focus must not.
const backToTheBox = () => {
  if (matchMedia('(pointer: fine)').matches) document.querySelector('#nq-question textarea')?.focus();
};
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button || !element.contains(button)) return;
  const data = button.dataset;
  if (data.open) {
    const others = [...(button.closest('.nq-turn')?.querySelectorAll('[data-quote]') ?? [])];
    const quotes = others.filter((other) => other.dataset.open === data.open).map((other) => other.dataset.quote).join(' ');
    window.newsqa.reader.ask({ article: data.open, passage: data.passage || '', quote: data.quote || '', find: data.find || '', quotes });
  }
  else if (data.ask) { window.newsqa.add('ask', { question: data.ask, alone: 'yes' }); backToTheBox(); }
  else if (data.edit) { window.newsqa.giveBack(data.edit); backToTheBox(); }
  else if (data.act) {
    const days = [...(button.closest('.nq-days')?.querySelectorAll('input') ?? [])];
    element.querySelectorAll('[data-act]').forEach((other) => { other.disabled = true; });
    window.newsqa.add(data.act, Object.fromEntries(days.map((day) => [day.name, day.value])));
    window.newsqa.giveBack(data.back);
    backToTheBox();
  }
  else if (data.remove) { button.disabled = true; trigger('remove', { article: data.remove }); }
  else if (data.undo) { button.disabled = true; trigger('undo_change', { change: data.undo }); }
  else if (data.tab) [...document.querySelectorAll('#nq-tabs [role=tab]')].find((tab) => tab.textContent.trim() === data.tab)?.click();
  else if (data.judge) {
    const form = button.closest('.nq-judge');
    const said = [...form.querySelectorAll('input')].map((input) => [input.name, input.type === 'checkbox' ? (input.checked ? 'yes' : '') : input.value]);
    trigger('judge', { verdict: data.judge, exchange: form.dataset.of, ...Object.fromEntries(said) });
    form.textContent = 'Thank you: kept for who looks after the articles.';
    backToTheBox();
  }
  else if (data.sort) window.newsqa.table.ask({ column: data.sort });
  else if (data.page) window.newsqa.table.ask({ page: data.page });
  else if (data.restore) window.newsqa.restore(data.restore, 'ask');
  else if ('print' in data) window.newsqa.print(button.closest('.nq-turn'));
  else if (data.copy || data.link) {
    const [text, label] = [data.copy || new URL(data.link, document.baseURI).href, data.copy ? 'Copy' : 'Copy link'];
    const done = () => {
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = label; }, 1500);
    };
    const byHand = () => {
      // Without https the clipboard is closed to scripts; a selection still can be copied.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      button.focus();
      done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
    else byHand();
  }
});
