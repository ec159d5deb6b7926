// The rows of the Match tab: only those in sight exist; one of them may be open.

import { el, fill, setAttribute } from './dom.js';
import { stateBadge } from './format.js';

const ROW_HEIGHT = 24;
const OVERSCAN = 6;
const GAP = 8;
const COLUMNS = [
  { key: 'status', title: '', width: 18, help: 'How the two compare' },
  { key: 'reference', title: 'Reference', width: 176, grow: 1 },
  { key: 'link', title: '', width: 14 },
  { key: 'candidate', title: 'Candidate', width: 176, grow: 1 },
  { key: 'step', title: 'Step', width: 34, number: true },
  { key: 'rule', title: 'Rule', width: 104 },
  { key: 'layout', title: 'Layout', width: 132, grow: 0.3 },
  { key: 'confidence', title: 'Confidence', width: 84, help: 'How sure the match is, 0 to 1' },
  { key: 'notes', title: 'Assumed', width: 130, grow: 0.9 },
];
const TEMPLATE = COLUMNS.map(({ width, grow }) =>
  (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`)).join(' ');
const LEAST_WIDTH = COLUMNS.reduce((sum, { width }) => sum + width + GAP, 20);
const KINDS = {
  pair: ['↔', 'a pair'], chosen: ['↔', 'a pair by your choice'], ambiguous: ['?', 'several fit'],
  alone: ['', 'no partner'],
};
const SIDES = ['reference', 'candidate'];

/**
 * Return {node, show, draw}.  `redraw()` asks for a call of `draw`; `pick(side, place)` is told
 * which tensor the user clicked; `visit(row)` that its numbers are wanted.
 */
export function createMatchTable({ redraw, pick, visit }) {
  let data = null;
  let rows = [];
  let picked = { reference: null, candidate: null };
  let active = { place: 0, side: 'reference' };
  let open = -1; // place of the open row
  let extra = 0; // its height beyond a plain row

  const head = el('div', { class: 'ins-row ins-head', role: 'row' }, COLUMNS.map(({ title, number, help }) =>
    el('span', { class: number ? 'ins-cell ins-number' : 'ins-cell', role: 'columnheader', title: help ?? title, text: title })));
  const space = el('div', { class: 'ins-space', role: 'rowgroup' });
  const node = el('div', {
    class: 'ins-table-view match-view', tabindex: '0', role: 'grid', 'aria-label': 'Pairs and tensors without a partner',
    'aria-description': 'Arrow keys move, Enter picks a tensor for a pair, Space opens a row',
    on: { scroll: () => redraw(), keydown: (event) => onKey(event) },
  }, [head, space]);
  node.style.setProperty('--columns', TEMPLATE);
  node.style.setProperty('--gap', `${GAP}px`);
  node.style.setProperty('--least-width', `${LEAST_WIDTH}px`);
  node.style.setProperty('--row-height', `${ROW_HEIGHT}px`);

  /** Show `next` rows; `top` scrolls to the first one. */
  const show = (payload, next, chosen, { top = false } = {}) => {
    data = payload;
    if (open >= 0 && !sameRow(rows[open], next[open])) close();
    rows = next;
    picked = chosen;
    active.place = Math.min(active.place, Math.max(0, rows.length - 1));
    node.setAttribute('aria-rowcount', rows.length + 1);
    if (top) {
      close();
      active.place = 0;
      node.scrollTop = 0;
    }
    redraw();
  };

  const close = () => {
    open = -1;
    extra = 0;
  };

  const draw = () => {
    const above = Math.ceil(extra / ROW_HEIGHT);
    const first = Math.max(0, Math.floor(node.scrollTop / ROW_HEIGHT) - OVERSCAN - above);
    const last = Math.min(rows.length, Math.ceil((node.scrollTop + node.clientHeight) / ROW_HEIGHT) + OVERSCAN);
    const detail = open >= first && open < last ? openPart(rows[open]) : null;
    fill(space, detail);
    if (detail !== null) {
      detail.style.top = `${(open + 1) * ROW_HEIGHT}px`;
      extra = detail.offsetHeight;
    }
    const visible = [];
    for (let place = first; place < last; place += 1) visible.push(line(rows[place], place));
    space.append(...visible);
    space.style.height = `${rows.length * ROW_HEIGHT + extra}px`;
    setAttribute(node, 'aria-activedescendant', rows.length > 0 && `match-cell-${active.place}-${active.side}`);
  };

  const line = (row, place) => el('div', {
    class: `ins-row match-${row.kind}`, role: 'row', 'aria-rowindex': place + 2,
    'aria-expanded': place === open ? 'true' : 'false', data: { place: String(place), kind: row.kind },
    style: { top: `${place * ROW_HEIGHT + (open >= 0 && place > open ? extra : 0)}px` },
    on: { click: (event) => onClick(event, row, place) },
  }, COLUMNS.map(({ key, number }) => cell(row, key, place, number)));

  const cell = (row, key, place, number) => {
    if (SIDES.includes(key)) return nameCell(row, key, place);
    const made = cellOf(row, key, data);
    return el('span', {
      class: number ? 'ins-cell ins-number' : `ins-cell match-${key}-cell`, role: 'gridcell',
      title: made.title ?? made.text ?? '',
    }, [made.node ?? made.text ?? '–']);
  };

  const nameCell = (row, side, place) => {
    const tensor = row[side];
    const here = active.place === place && active.side === side;
    if (tensor === null) return el('span', { class: 'ins-cell match-none', role: 'gridcell', id: `match-cell-${place}-${side}`, text: '–', data: { active: here ? 'true' : 'false' } });
    const name = data[side].names[tensor];
    return el('span', {
      class: `ins-cell match-name match-${side}`, role: 'gridcell', id: `match-cell-${place}-${side}`,
      'aria-selected': tensor === picked[side] ? 'true' : 'false', data: { side, tensor: String(tensor), active: here ? 'true' : 'false' },
      title: `${name}  ${shapeText(data[side].shapes[tensor])} ${data[side].dtypes[tensor]}. Click to pick it for a pair.`,
      text: name,
    });
  };

  /** What an open row says in full. */
  const openPart = (row) => {
    const texts = [row.reason, ...row.notes].filter(Boolean);
    const facts = SIDES.filter((side) => row[side] !== null).map((side) => el('p', { class: `ins-side ins-${side}` }, [
      el('span', { class: 'ins-dot' }), el('b', { text: data[side].names[row[side]] }),
      el('span', { class: 'ins-muted', text: `${shapeText(data[side].shapes[row[side]])} ${data[side].dtypes[row[side]]}` }),
    ]));
    return el('div', { class: 'match-open' }, [
      ...facts,
      row.layout ? el('p', {}, [el('span', { class: 'ins-muted', text: 'Layout: ' }), row.layout]) : null,
      texts.length > 0
        ? el('ul', {}, texts.map((text) => el('li', { text })))
        : el('p', { class: 'ins-muted', text: 'Nothing had to be assumed.' }),
      row.kind === 'pair' ? el('button', {
        type: 'button', class: 'ins-button', text: 'Show its numbers', on: { click: () => visit(row.pair) },
      }) : null,
    ]);
  };

  const toggle = (place) => {
    const was = open;
    close();
    if (was !== place) open = place;
    redraw();
  };

  const onClick = (event, row, place) => {
    const name = event.target.closest?.('[data-tensor]');
    active = { place, side: name?.dataset.side ?? active.side };
    if (name) pick(name.dataset.side, Number(name.dataset.tensor));
    else toggle(place);
  };

  const onKey = (event) => {
    if (event.target !== node || rows.length === 0) return;
    const page = Math.max(1, Math.floor(node.clientHeight / ROW_HEIGHT) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      active.place = Math.min(rows.length - 1, Math.max(0, active.place + moves[event.key]));
      reveal(active.place);
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      active.side = event.key === 'ArrowLeft' ? 'reference' : 'candidate';
    } else if (event.key === 'Enter') {
      const tensor = rows[active.place][active.side];
      if (tensor !== null) pick(active.side, tensor);
    } else if (event.key === ' ') {
      toggle(active.place);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // the player listens to these keys too
    redraw();
  };

  const reveal = (place) => {
    const top = place * ROW_HEIGHT + (open >= 0 && place > open ? extra : 0);
    const room = node.clientHeight - head.offsetHeight;
    if (top < node.scrollTop) node.scrollTop = top;
    else if (top + ROW_HEIGHT > node.scrollTop + room) node.scrollTop = top + ROW_HEIGHT - room;
  };

  return { node, show, draw };
}

/** Return a shape as text. */
export function shapeText(shape) {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

function sameRow(one, other) {
  return other !== undefined && one.kind === other.kind
    && one.reference === other.reference && one.candidate === other.candidate;
}

function cellOf(row, key, data) {
  if (key === 'status') {
    if (row.kind === 'pair') return { node: stateBadge(row.status, { word: false }), title: '' };
    return row.kind === 'chosen' ? { text: '●', title: 'Not applied yet' } : { text: '' };
  }
  if (key === 'link') return { text: KINDS[row.kind][0], title: KINDS[row.kind][1] };
  if (key === 'step') return { text: Number.isInteger(row.step) ? String(row.step) : '–' };
  if (key === 'rule') {
    if (row.kind === 'ambiguous') return { text: `ambiguous ${row.group + 1}`, title: 'Members of one group have one number' };
    return { text: row.rule ?? 'no partner' };
  }
  if (key === 'layout') return { text: row.layout ?? '–' };
  if (key === 'confidence') return confidenceOf(row, data);
  return { text: [row.reason, ...row.notes].filter(Boolean).join(' ') || '–' };
}

/** A number with a bar: its length says the same as the number, its colour says nothing. */
function confidenceOf(row, data) {
  if (typeof row.confidence !== 'number') return { text: '–' };
  const unsure = row.confidence < data.uncertain_below;
  return {
    title: `${row.confidence}${unsure ? ': worth a look' : ''}`,
    node: el('span', { class: 'match-confidence' }, [
      el('span', { class: 'match-track' }, [el('span', { class: 'match-share', style: { width: `${100 * row.confidence}%` } })]),
      el('span', { class: 'ins-number', text: row.confidence.toFixed(2) }),
      el('span', { class: 'ins-icon ins-note', text: unsure ? '!' : '' }),
    ]),
  };
}
