// One question in its tab: findings as sentences, figures, tables.

import { fetchJson, runUrl } from './api.js';
import { el, fill } from './dom.js';
import { numberText, stateBadge } from './format.js';
import { startWidget } from './widget.js';

const MAX_ROWS = 500;
const LONG = 44; // characters after which a cell may take several lines

/** Mount the panel; value: JSON {run, view}. */
export function mount(root, props, { watch }) {
  let pictures = []; // {image, failure, src}

  const load = async ({ run, view }, signal) => {
    pictures = [];
    const data = await fetchJson(runUrl(run, `views/${encodeURIComponent(view)}.json`), { signal });
    root.dataset.view = data.key;
    if (data.reason) return data.reason;
    fill(
      widget.body,
      data.sentences.length > 0 ? el('ul', { class: 'ins-findings' }, data.sentences.map(finding)) : null,
      data.figures.map((figure) => picture(figure)),
      data.tables.map(table),
    );
    recolour();
    return null;
  };

  const picture = ({ title, src, alt }) => {
    const failure = el('p', { class: 'ins-error', role: 'alert', hidden: true });
    const image = el('img', { class: 'ins-figure', alt: alt || title, title, decoding: 'async' });
    const entry = { image, failure, src };
    image.addEventListener('error', () => explain(entry));
    image.addEventListener('load', () => { failure.hidden = true; image.hidden = false; });
    pictures.push(entry);
    return el('figure', { class: 'ins-figure-box' }, [
      el('figcaption', { text: title }), image, failure,
    ]);
  };

  const recolour = () => {
    const theme = widget.theme().dark ? 'dark' : 'light';
    for (const { image, src } of pictures) {
      const wanted = `${src}?theme=${theme}`;
      if (image.getAttribute('src') !== wanted) image.setAttribute('src', wanted);
    }
  };

  const widget = startWidget(root, props, watch, {
    kind: 'ui-view',
    empty: 'Nothing is open yet.',
    load,
    draw: recolour, // also runs when the theme changed
  });
}

/** An image says only that it failed; the answer of the server says why. */
async function explain({ image, failure }) {
  image.hidden = true;
  failure.hidden = false;
  failure.textContent = 'This figure could not be drawn.';
  try {
    const response = await fetch(image.src, { credentials: 'same-origin' });
    const { error } = await response.json();
    if (typeof error === 'string') failure.textContent = `This figure could not be drawn: ${error}`;
  } catch {
    // The sentence above has to do.
  }
}

function finding({ status, text }) {
  // A plain sentence carries no status: it takes the whole line.
  const mark = status === 'none' ? null : stateBadge(status);
  return el('li', { class: 'ins-finding' }, [mark, el('span', { text })]);
}

function table({ title, columns, rows }) {
  const shown = rows.slice(0, MAX_ROWS);
  const numeric = columns.map((_, i) => shown.some((row) => typeof row[i] === 'number'));
  const cell = (value, i) => {
    const text = cellText(value);
    const look = numeric[i] ? 'ins-number' : text.length > LONG ? 'ins-long' : '';
    return el('td', { class: look, text });
  };
  return el('section', { class: 'ins-table-box' }, [
    el('h4', { text: title }),
    el('div', { class: 'ins-scroll' }, [
      el('table', { class: 'ins-grid' }, [
        el('thead', {}, [
          el('tr', {}, columns.map((name, i) =>
            el('th', { class: numeric[i] ? 'ins-number' : '', scope: 'col', text: name }))),
        ]),
        el('tbody', {}, shown.map((row) => el('tr', {}, row.map(cell)))),
      ]),
    ]),
    rows.length > MAX_ROWS
      ? el('p', { class: 'ins-muted', text: `The first ${MAX_ROWS} of ${rows.length} rows.` })
      : null,
  ]);
}

function cellText(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' ? numberText(value) : String(value);
}
