// What the server writes here is read out by screen readers.
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
