// The table of all pairs: only the rows in sight exist in the document.

import { fetchJson, runUrl } from './api.js';
import { emit, newSource, on } from './bus.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { nearOneText, numberText, stateBadge } from './format.js';
import { isFailing, selectRows } from './table_model.js';
import { startWidget } from './widget.js';

const ROW_HEIGHT = 24;
const OVERSCAN = 6;
const SETTLE_MS = 90; // a held arrow key asks for the detail of the last row only

// The width is what a column gets; `grow` shares what is left over.
const GAP = 8;
const COLUMNS = [
  { key: 'status', title: 'Status', width: 122, cell: (value) => stateBadge(value) },
  { key: 'reference', title: 'Reference', width: 200, grow: 1 },
  { key: 'candidate', title: 'Candidate', width: 150, grow: 0.8 },
  { key: 'step', title: 'Step', width: 36, number: true },
  { key: 'role', title: 'Role', width: 62 },
  { key: 'shape', title: 'Shape', width: 84 },
  { key: 'dtype', title: 'Dtype', width: 64 },
  { key: 'max_abs', title: 'max_abs', width: 70, number: true, help: 'Largest absolute error' },
  { key: 'relative_l2', title: 'relative_l2', width: 74, number: true,
    help: 'Length of the error over the length of the reference' },
  { key: 'floor_ratio', title: '× floor', width: 56, number: true,
    help: 'relative_l2 in noise floors: 1 is what rounding costs' },
  { key: 'cosine', title: 'cosine', width: 72, number: true, text: nearOneText,
    help: 'Angle between the two; hides a gain' },
  { key: 'norm_ratio', title: 'norm_ratio', width: 70, number: true,
    help: 'Length of the candidate over the length of the reference' },
  { key: 'sign_agreement', title: 'sign', width: 52, number: true,
    help: 'Share of elements with the same sign' },
  { key: 'rule', title: 'Matched by', width: 80 },
  { key: 'confidence', title: 'Conf.', width: 38, number: true,
    help: 'How sure the match is, 0 to 1' },
  { key: 'layout', title: 'Layout', width: 100 },
];
const TEMPLATE = COLUMNS.map(({ width, grow }) =>
  (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`)).join(' ');
const LEAST_WIDTH = COLUMNS.reduce((sum, { width }) => sum + width + GAP, 10);

/** Mount the table; value: JSON {run}. */
export function mount(root, props, { watch }) {
  const source = newSource('table');
  const query = { typed: '', asRegex: false, failingOnly: false, sortBy: null, descending: false };
  let data = null;
  let rows = []; // what is shown: indexes into the columns
  let active = null; // chosen row: index into the columns
  let settle = 0;
  let reveals = ''; // the chosen row has yet to be scrolled into sight: 'edge' or 'middle'

  const input = el('input', {
    type: 'search', class: 'ins-filter', placeholder: 'Filter by name', spellcheck: 'false',
    'aria-label': 'Filter tensors by name',
    on: { input: () => { query.typed = input.value; refresh(); } },
  });
  const regex = toggle('Regex', 'Read the filter as a regular expression', (checked) => {
    query.asRegex = checked;
    refresh();
  });
  const failing = toggle('Failing only', 'Different or not comparable', (checked) => {
    query.failingOnly = checked;
    refresh();
  });
  const next = el('button', {
    type: 'button', class: 'ins-button', text: 'Next failing', on: { click: () => nextFailing() },
  });
  const problem = el('span', { class: 'ins-error', role: 'alert' });
  const count = el('span', { class: 'ins-muted ins-count', role: 'status' });
  const head = el('div', { class: 'ins-row ins-head', role: 'row' }, COLUMNS.map(heading));
  const space = el('div', { class: 'ins-space', role: 'rowgroup' });
  const view = el('div', {
    class: 'ins-table-view', tabindex: '0', role: 'grid', 'aria-label': 'Tensors',
    'aria-colcount': COLUMNS.length,
    on: { scroll: () => widget.redraw(), keydown: (event) => onKey(event) },
  }, [head, space]);
  view.style.setProperty('--columns', TEMPLATE);
  view.style.setProperty('--gap', `${GAP}px`);
  view.style.setProperty('--least-width', `${LEAST_WIDTH}px`);
  view.style.setProperty('--row-height', `${ROW_HEIGHT}px`);

  const load = async ({ run }, signal) => {
    const [tensors, summary] = await Promise.all([
      fetchJson(runUrl(run, 'tensors.json'), { signal }),
      fetchJson(runUrl(run, 'summary.json'), { signal }),
    ]);
    data = tensors;
    active = null;
    if (data.count === 0) return 'No tensor of one trace has a partner in the other.';
    refresh();
    const first = summary.verdict.first_divergence?.row;
    choose(Number.isInteger(first) ? first : 0, { reveal: 'middle' });
    return null;
  };

  const refresh = () => {
    if (data === null) return;
    const found = selectRows(data, query);
    rows = found.rows;
    setText(problem, found.error);
    setAttribute(input, 'aria-invalid', found.error !== '' && 'true');
    setText(count, rows.length === data.count
      ? `${data.count.toLocaleString('en-US')} pairs`
      : `${rows.length.toLocaleString('en-US')} of ${data.count.toLocaleString('en-US')} pairs`);
    space.style.height = `${rows.length * ROW_HEIGHT}px`;
    view.setAttribute('aria-rowcount', rows.length + 1);
    for (const cell of head.children) {
      const sorted = cell.dataset.key === query.sortBy;
      setAttribute(cell, 'aria-sort', sorted && (query.descending ? 'descending' : 'ascending'));
    }
    widget.redraw();
  };

  const draw = () => {
    if (reveals) {
      scrollTo(rows.indexOf(active), reveals);
      reveals = '';
    }
    const first = Math.max(0, Math.floor(view.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const last = Math.min(
      rows.length, Math.ceil((view.scrollTop + view.clientHeight) / ROW_HEIGHT) + OVERSCAN,
    );
    const visible = [];
    for (let place = first; place < last; place += 1) visible.push(line(rows[place], place));
    fill(space, visible);
  };

  const line = (row, place) => el('div', {
    class: 'ins-row', role: 'row', data: { row: String(row) }, 'aria-rowindex': place + 2,
    'aria-selected': row === active ? 'true' : 'false',
    style: { top: `${place * ROW_HEIGHT}px` },
    on: { click: () => choose(row, { announce: true }) },
  }, COLUMNS.map(({ key, number, cell, text: write = numberText }) => {
    const value = data.columns[key]?.[row];
    const text = number ? write(value) : value === null ? '–' : String(value ?? '–');
    return el('span', {
      class: number ? 'ins-cell ins-number' : 'ins-cell', role: 'gridcell',
      title: number || cell ? '' : text,
    }, cell ? [cell(value)] : [text]);
  }));

  /** Make `row` the chosen one; `announce` tells the other parts once the choice has settled. */
  const choose = (row, { announce = false, reveal = '' } = {}) => {
    active = row;
    reveals ||= reveal; // done when drawing: before that the table may have no height
    widget.redraw();
    if (!announce) return;
    clearTimeout(settle);
    settle = setTimeout(() => emit('select-row', { row: active, source }), SETTLE_MS);
  };

  const scrollTo = (place, where) => {
    const top = place * ROW_HEIGHT;
    const room = view.clientHeight - head.offsetHeight;
    const above = top < view.scrollTop;
    if (place < 0 || (!above && top + ROW_HEIGHT <= view.scrollTop + room)) return;
    if (where === 'middle') view.scrollTop = top - room / 2;
    else view.scrollTop = above ? top : top + ROW_HEIGHT - room;
  };

  const onKey = (event) => {
    const page = Math.max(1, Math.floor(view.clientHeight / ROW_HEIGHT) - 2);
    const moves = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    };
    const here = rows.indexOf(active);
    if (event.key in moves && rows.length > 0) {
      const there = Math.min(rows.length - 1, Math.max(0, Math.max(here, 0) + moves[event.key]));
      choose(rows[here < 0 ? 0 : there], { announce: true, reveal: 'edge' });
    } else if (event.key === 'Enter' && active !== null) {
      choose(active, { announce: true });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the player listens to arrow keys too
  };

  const nextFailing = () => {
    const here = rows.indexOf(active);
    for (let i = 1; i <= rows.length; i += 1) {
      const row = rows[(here + i + rows.length) % rows.length];
      if (isFailing(data.columns.status[row])) {
        choose(row, { announce: true, reveal: 'middle' });
        return;
      }
    }
  };

  function heading({ key, title, number, help }) {
    return el('button', {
      type: 'button', role: 'columnheader', class: number ? 'ins-cell ins-number' : 'ins-cell',
      data: { key }, title: `${help ?? title}. Click to sort.`, text: title,
      on: {
        click: () => {
          // First click ascending, second descending, third back to the order of execution.
          if (query.sortBy !== key) Object.assign(query, { sortBy: key, descending: false });
          else if (!query.descending) query.descending = true;
          else Object.assign(query, { sortBy: null, descending: false });
          refresh();
        },
      },
    });
  }

  const widget = startWidget(root, props, watch, {
    kind: 'ui-table', empty: 'Nothing is open yet.', load, draw,
  });
  fill(widget.body,
    el('div', { class: 'ins-toolbar' }, [
      input, regex, failing, next, count, problem,
    ]),
    view);
  on('select-row', (detail) => {
    if (detail.source === source || data === null || !(detail.row < data.count)) return;
    if (!rows.includes(detail.row)) {
      // The row is filtered away, but somebody asks for it: show everything.
      Object.assign(query, { typed: '', failingOnly: false });
      input.value = '';
      failing.querySelector('input').checked = false;
      refresh();
    }
    choose(detail.row, { reveal: 'middle' });
  }, { signal: widget.signal });
  widget.signal.addEventListener('abort', () => clearTimeout(settle));
}

function toggle(text, title, change) {
  const box = el('input', { type: 'checkbox', on: { change: () => change(box.checked) } });
  return el('label', { class: 'ins-toggle', title }, [box, text]);
}
