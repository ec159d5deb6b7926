// Taking a run out of the page: a test to paste, a plan file to repeat it.

import { el, setText } from './dom.js';

const NEEDS_RUN = 'Run these choices first';
const NO_TEST = 'A run on noise or with your own code cannot be copied as a test; download its plan';

/** Return {buttons, node, show}; `show(result)` offers a result, `show(null)` none. */
export function createExport() {
  let result = null;
  const button = (text, action) =>
    el('button', { type: 'button', class: 'insm-button', text, disabled: true, title: NEEDS_RUN, on: { click: action } });
  const copy = button('Copy as test', () => copyTest());
  const download = button('Download plan', () => downloadPlan());
  const hint = el('p', { class: 'insm-hint' });
  const text = el('textarea', { class: 'lab-snippet', readonly: true, rows: 12, spellcheck: 'false', 'aria-label': 'test to copy' });
  const node = el('div', { class: 'lab-fallback', hidden: true }, [hint, text]);
  let settle = 0;

  async function copyTest() {
    const snippet = String(result.test_snippet ?? '');
    try {
      await navigator.clipboard.writeText(snippet);
      node.hidden = true;
      setText(copy, 'Copied ✓');
      clearTimeout(settle);
      settle = setTimeout(() => setText(copy, 'Copy as test'), 1600);
    } catch {
      // The browser refuses the clipboard: the text itself, ready to be copied by hand.
      setText(hint, 'The browser does not let the page use the clipboard. Copy the test from here:');
      text.value = snippet;
      node.hidden = false;
      text.focus();
      text.select();
    }
  }

  function downloadPlan() {
    const blob = new Blob([`${JSON.stringify(result.plan, null, 2)}\n`], { type: 'application/json' });
    const address = URL.createObjectURL(blob);
    const name = String(result.plan?.what ?? result.plan?.block ?? 'plan').replace(/[^\w.-]+/g, '_');
    const link = el('a', { href: address, download: `plan-${name}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  return {
    buttons: [copy, download],
    node,
    show(next) {
      result = next;
      copy.disabled = result === null || !result.test_snippet;
      download.disabled = result === null || !result.plan;
      copy.title = result === null ? NEEDS_RUN : copy.disabled ? NO_TEST : 'A pytest function that repeats this run, for the clipboard';
      download.title = download.disabled ? NEEDS_RUN : 'A file that “inspector run PLAN” repeats';
      node.hidden = true;
    },
  };
}
