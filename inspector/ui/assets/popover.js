// Panels that lie over the page close when the user goes on elsewhere.

/** Close the options and the notes on a click outside or Escape, until `signal` aborts. */
export function closeOnLeave(signal) {
  const leave = (event) => {
    for (const notes of document.querySelectorAll('details.ins-notes[open], details.ins-gallery[open]')) {
      if (!event || !notes.contains(event.target)) notes.open = false;
    }
    const options = document.getElementById('ins-options');
    const content = options?.querySelector('[data-testid="accordion-content"]');
    const isOpen = content && getComputedStyle(content).display !== 'none';
    // Opening and closing is Gradio's business: press its own button.
    if (isOpen && !(event && options.contains(event.target))) {
      options.querySelector('button.label-wrap')?.click();
    }
  };
  document.addEventListener('pointerdown', leave, { signal });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave(null);
  }, { signal });
}
