// Switching to a tab of the page from a script.

/** Show the tab `key` (the key of a view); return false when there is none. */
export function showTab(key, { scroll = false } = {}) {
  // Gradio gives the button of `gr.Tab(elem_id=...)` this identifier.
  const button = document.getElementById(`ins-tab-${key}-button`);
  if (button === null) return false;
  if (button.getAttribute('aria-selected') !== 'true') button.click();
  if (scroll) {
    document.getElementById('ins-tabs')?.scrollIntoView({ behavior: 'smooth', block: 'start' });
  }
  return true;
}
