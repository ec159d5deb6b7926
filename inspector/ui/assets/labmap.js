// Where the error comes from: choose a block and a step.

import { asNumber } from './api.js';
import { drawLegend } from './error_draw.js';
import { errorText } from './error_grid.js';
import { el, fill, setText } from './dom.js';
import { numberText } from './format.js';
import { drawLabMap, drawLabMarks, labelWidth, mapBox, VERDICTS, verdictColour } from './labmap_draw.js';

const KINDS = {
  introduced: 'Introduced: the reference’s block on the candidate’s own input, against the candidate’s output.',
  carried: 'Carried: the reference’s block on both inputs; what arrived broken from upstream.',
  verdict: 'Verdict: what each block does to the error, noise floor taken into account.',
};
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-5, 0], PageDown: [5, 0],
};

/** Return {node, show, select, draw, clear}; `choose(block, step)` is called on a click. */
export function createLabMap(choose, signal) {
  let lab = null; // {blocks, steps, map, healing}
  let kind = 'introduced';
  let height = 380;
  let drawn = null; // {theme, luts} of the last drawing
  const marks = { selected: null, hover: null };

  const cells = el('canvas', { 'aria-hidden': 'true' });
  const overlay = el('canvas', { class: 'insm-overlay', 'aria-hidden': 'true' });
  const stage = el('div', {
    class: 'insm-stage insm-map', tabindex: 0, role: 'application', 'aria-roledescription': 'block map',
    'aria-label': 'Error of every block at every ODE step. Arrows move, Enter chooses the block and the step.',
  }, [cells, overlay]);
  const buttons = Object.keys(KINDS).map((name) => el('button', {
    type: 'button', class: 'insm-button', text: name, title: KINDS[name], data: { kind: name },
    'aria-pressed': 'false', on: { click: () => setKind(name) },
  }));
  const legend = el('canvas', { class: 'insm-legend', role: 'img', 'aria-label': 'colours from 1e−7, green, to 1, red' });
  const words = el('span', { class: 'lab-verdicts' });
  const caption = el('p', { class: 'insm-hint' });
  const tip = el('div', { class: 'insm-tip', role: 'tooltip', hidden: true });
  const spoken = el('div', { class: 'insm-spoken', 'aria-live': 'polite' });
  const node = el('section', { class: 'lab-map', 'aria-label': 'Where the error comes from' }, [
    el('div', { class: 'insm-bar' }, [
      el('strong', { class: 'insm-title', text: 'Where the error comes from' }),
    ]),
    el('div', { class: 'insm-bar' }, [
      el('span', { class: 'insm-group', role: 'group', 'aria-label': 'what the map shows' }, buttons),
    ]),
    el('div', { class: 'lab-legend' }, [legend, words]),
    stage, caption, tip, spoken,
  ]);

  function setKind(name) {
    kind = name;
    buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.kind === name)));
    setText(caption, `${KINDS[name]}${lab?.healing ? ' Bars on the right: how much of the final mel heals when the reference’s output of this block replaces the candidate’s.' : ''}`);
    if (drawn !== null) draw(drawn.theme, drawn.luts, height);
  }

  function draw(theme, luts, wanted) {
    if (lab === null) return;
    drawn = { theme, luts };
    const width = stage.clientWidth;
    if (width < 120) return;
    lab.labelWidth = labelWidth(lab.blocks, theme);
    height = Math.max(lab.blocks.length * 3, Math.min(wanted, lab.blocks.length * 22));
    drawLabMap(cells, theme, luts, lab, kind, width, height);
    legend.hidden = kind === 'verdict';
    words.hidden = kind !== 'verdict';
    if (kind === 'verdict') {
      fill(words, Object.keys(VERDICTS).map((verdict) => el('span', { class: 'insm-key', title: VERDICTS[verdict].text }, [
        el('i', { class: 'insm-swatch lab-swatch', style: { background: verdictColour(theme, verdict) } }), verdict,
      ])));
    } else drawLegend(legend, theme, luts.error, Math.min(240, width), null);
    node.dataset.geometry = JSON.stringify({ ...mapBox(lab, width, height), kind });
    drawOver();
  }

  function drawOver() {
    if (drawn === null || stage.clientWidth < 120) return;
    drawLabMarks(overlay, drawn.theme, lab, stage.clientWidth, height, marks);
  }

  function cellAt(event) {
    const bounds = stage.getBoundingClientRect();
    const box = mapBox(lab, stage.clientWidth, height);
    const row = Math.floor((event.clientY - bounds.top) / box.rowHeight);
    const x = event.clientX - bounds.left;
    const column = Math.floor((x - box.left) / box.columnWidth);
    if (row < 0 || row >= lab.blocks.length || x < 0) return null;
    if (column >= 0 && column < lab.steps.length && x < box.left + box.width) return { row, column };
    // Label and healing bar speak about the whole row.
    return { row, column: marks.selected?.column ?? 0 };
  }

  function hover(place, aloud = false) {
    marks.hover = place;
    drawOver();
    tip.hidden = place === null;
    if (place === null) return;
    const lines = describe(place);
    fill(tip, el('b', { text: lines[0] }), lines.slice(1).map((text) => el('span', { text })));
    const box = mapBox(lab, stage.clientWidth, height);
    const left = box.left + (place.column + 0.5) * box.columnWidth - tip.offsetWidth / 2;
    const below = stage.offsetTop + (place.row + 1) * box.rowHeight + 8;
    tip.style.left = `${Math.max(0, Math.min(node.clientWidth - tip.offsetWidth, stage.offsetLeft + left))}px`;
    tip.style.top = `${below}px`;
    if (aloud) setText(spoken, lines.join(', '));
  }

  function describe({ row, column }) {
    const { map, blocks, steps, healing } = lab;
    const error = (name) => {
      const value = map[name][row]?.[column] ?? null;
      return value === null ? 'not recorded' : errorText(value);
    };
    const verdict = map.verdict[row]?.[column] ?? null;
    const heals = healing?.[row] ?? null;
    return [
      blocks[row].label,
      `step ${steps[column]}${verdict ? ` · ${verdict}: ${VERDICTS[verdict]?.text ?? ''}` : ''}`,
      `introduced ${error('introduced')} · carried ${error('carried')} · floor ${error('floor')}`,
      heals === null ? '' : `heals ${numberText(heals, 3)} % of the final mel`,
    ].filter(Boolean);
  }

  const hear = (type, handler) => stage.addEventListener(type, handler, { signal });
  const take = (place) => place && choose(lab.blocks[place.row].name, lab.steps[place.column]);
  hear('pointermove', (event) => lab && hover(cellAt(event)));
  hear('pointerleave', () => lab && hover(null));
  hear('blur', () => lab && hover(null));
  hear('click', (event) => lab && take(cellAt(event)));
  hear('keydown', (event) => {
    if (lab === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = marks.hover ?? marks.selected ?? { row: 0, column: 0 };
    if (event.key === 'Escape') hover(null);
    else if (event.key === 'Enter' || event.key === ' ') take(from);
    else if (MOVES[event.key] !== undefined) {
      const [dr, dc] = MOVES[event.key];
      const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));
      hover({ row: clamp(from.row + dr, lab.blocks.length), column: clamp(from.column + dc, lab.steps.length) }, true);
    } else return;
    event.preventDefault();
  });

  return {
    node,
    draw,
    /** Take the payload of lab.json. */
    show(payload) {
      const numbers = (table) => (table ?? []).map((row) => row.map(asNumber));
      const { introduced, carried, floor, verdict, healing } = payload.map;
      lab = {
        blocks: payload.blocks, steps: payload.steps,
        map: { introduced: numbers(introduced), carried: numbers(carried), floor: numbers(floor), verdict: verdict ?? [] },
        healing: (healing ?? []).some((value) => value !== null) ? healing.map(asNumber) : null,
      };
      marks.hover = null;
      setKind(kind);
    },
    /** Mark the chosen block and step. */
    select(block, step) {
      const row = lab.blocks.findIndex(({ name }) => name === block);
      const column = lab.steps.indexOf(step);
      marks.selected = row < 0 || column < 0 ? null : { row, column };
      drawOver();
    },
    /** Return {block, step} of the largest introduced error, else of the first cell. */
    worst() {
      let best = { value: -Infinity, row: 0, column: 0 };
      lab.map.introduced.forEach((row, r) => row.forEach((value, c) => {
        if (value !== null && value > best.value) best = { value, row: r, column: c };
      }));
      return { block: lab.blocks[best.row]?.name ?? null, step: lab.steps[best.column] ?? null };
    },
  };
}
