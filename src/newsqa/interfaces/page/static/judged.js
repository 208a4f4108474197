// The questions arrive as text, which the browser saves as a file.
element.addEventListener('click', (event) => { if (event.target.closest('[data-export]')) trigger('export_judged'); });
watch('value', () => {
  const arrived = element.querySelector('[data-file]');
  if (!arrived) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([arrived.dataset.text], { type: 'application/x-ndjson' }));
  link.download = arrived.dataset.file;
  link.click();
  URL.revokeObjectURL(link.href);
});
