// A native drop-down list whose entries are data.

import { el, fill } from './dom.js';

/**
 * Return a `select`.  `change(value)` is called when the user chooses.
 *
 * Its function `show(entries, value)` replaces the entries: {value, text, title, disabled}, or
 * {group, entries} for a titled group.
 */
export function createSelect(label, change, options = {}) {
  const select = el('select', {
    class: 'lab-select', 'aria-label': label, ...options, on: { change: () => change(select.value) },
  });
  let shown = '';
  select.show = (entries, value) => {
    const text = JSON.stringify(entries);
    if (text !== shown) {
      shown = text;
      fill(select, entries.map((entry) => (entry.entries
        ? el('optgroup', { label: entry.group }, entry.entries.map(option)) : option(entry))));
    }
    select.value = value;
  };
  return select;
}

function option({ value, text, title, disabled }) {
  return el('option', { value, text, title, disabled });
}
