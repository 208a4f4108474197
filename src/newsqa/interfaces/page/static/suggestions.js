// Runs once: questions to click on come from the server when they are made, into the room that is left for them.
if (!window.newsqa.suggest) {
  const write = (place, suggested) => {
    const asked = [...document.querySelectorAll('.nq-turn > h2')].map((heading) => heading.textContent);
    const questions = suggested.filter((question) => !asked.includes(question));
    place.replaceChildren(...questions.map((question) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: place.dataset.style, textContent: question });
      button.dataset.ask = question;
      const item = document.createElement('li');
      item.append(button);
      return item;
    }));
    place.closest('section').hidden = !questions.length;
  };
  const ask = (place, tries) => {
    if (!place.isConnected) return;
    const asked = new URLSearchParams({ about: place.dataset.suggest, limit: place.children.length });
    fetch(`v1/suggestions?${asked}`)
      .then((reply) => (reply.ok ? reply.json() : Promise.reject(reply)))
      .then(({ suggestions }) => write(place, suggestions))
      .catch(() => { if (tries) setTimeout(ask, 3000, place, tries - 1); else write(place, []); });
  };
  window.newsqa.suggest = (element, watch) => {
    const begin = () => {
      const place = element.querySelector('[data-suggest]:not([data-begun])');
      if (!place) return;
      place.dataset.begun = '';
      ask(place, 3);
    };
    watch('value', begin);
    begin();
  };
}
