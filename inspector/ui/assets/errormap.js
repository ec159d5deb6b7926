// Where do the two sides part?  Operations from top to bottom, ODE steps from left to right.

import { asNumber, fetchJson, runUrl } from './api.js';
import { emit, newSource, on } from './bus.js';
import { tickText } from './canvas.js';
import { loadLuts } from './colours.js';
import { el, fill, setText } from './dom.js';
import {
  drawLegend, drawMap, drawMarks, isNonfinite, layout, mapHeight, sameColour,
} from './error_draw.js';
import { buildGrid, describeCell, errorText, findPair, firstDivergence } from './error_grid.js';
import { drawRange, readRange } from './range_band.js';
import { startWidget } from './widget.js';

const EMPTY = 'Open two traces to see where they part.';
const RANGE_HEIGHT = 84;
const ENTER = ['Enter', ' '];

/** Show the map payload of `props.value` = {"run": id}; `props.map_height` is optional. */
export function mount(root, props, { watch } = {}) {
  const source = newSource('errormap');
  const wantedHeight = Number(props.map_height) || 190;
  let data = null; // {payload, grid, range, luts, first}
  const marks = { first: null, selected: null, hover: null };
  let hoverStep = null;
  let selectedPair = null;
  let height = wantedHeight;

  const cells = el('canvas', { 'aria-hidden': 'true' });
  const overlay = el('canvas', { class: 'insm-overlay', 'aria-hidden': 'true' });
  const stage = el(
    'div',
    {
      class: 'insm-stage insm-map', tabindex: 0, role: 'application',
      'aria-roledescription': 'error map',
      'aria-label':
        'Relative error of every operation at every ODE step. Arrows move, Enter selects, Home goes to the first divergence.',
    },
    [cells, overlay],
  );
  const legend = el('canvas', { class: 'insm-legend', role: 'img' });
  const sameSwatch = el('i', { class: 'insm-swatch' });
  const keys = {
    same: key('same', sameSwatch),
    hatch: key('not comparable', el('i', { class: 'insm-swatch insm-swatch-hatch' })),
    nan: key('NaN or infinite', el('i', { class: 'insm-swatch', style: { background: 'var(--ins-nan)' } })),
  };
  const toleranceKey = el('span', { class: 'insm-key' });
  const caption = el('div', { class: 'insm-hint' });
  const firstLine = el('div', { class: 'insm-first' });
  const band = el('canvas', { role: 'img' });
  const bandStage = el('div', { class: 'insm-stage insm-range' }, [band]);
  const bandPart = el('div', {}, [
    el('div', { class: 'insm-bar insm-subbar' }, [
      el('strong', { class: 'insm-title', text: 'Range of the state per step' }),
      key('reference', el('i', { class: 'insm-swatch insm-swatch-reference' })),
      key('candidate', el('i', { class: 'insm-swatch insm-swatch-candidate' })),
    ]),
    bandStage,
  ]);
  const bandReason = el('div', { class: 'insm-hint', hidden: true });
  const tip = el('div', { class: 'insm-tip', role: 'tooltip', hidden: true });
  const spoken = el('div', { class: 'insm-spoken', 'aria-live': 'polite' });

  const widget = startWidget(root, props, watch, { kind: 'errormap', empty: EMPTY, load, draw });
  fill(
    widget.body,
    el('div', { class: 'insm-bar' }, [
      el('strong', { class: 'insm-title', text: 'Error map' }),
      el('span', { class: 'insm-detail', text: 'relative L2' }),
      legend,
      toleranceKey,
    ]),
    stage, firstLine,
    el('div', { class: 'insm-under' }, [caption, el('span', { class: 'insm-keys' }, Object.values(keys))]),
    bandPart, bandReason, tip, spoken,
  );

  async function load({ run }, signal) {
    const [payload, luts, summary] = await Promise.all([
      fetchJson(runUrl(run, 'map.json'), { signal }),
      loadLuts({ signal }),
      // Only for the mark of the first divergence; without it the map finds its own.
      fetchJson(runUrl(run, 'summary.json'), { signal }).catch(() => null),
    ]);
    if (!(payload.rows?.length > 0)) return payload.reason || 'No tensor could be compared, so there is no error to map.';
    const grid = buildGrid(payload);
    const named = summary?.verdict?.first_divergence?.row ?? null;
    const first = findPair(payload, grid, named) ?? firstDivergence(payload, grid);
    // what differs without the verdict calling it a divergence was only guessed, or is masked
    const claimed = named !== null || (summary?.verdict?.status ?? 'different') === 'different';
    const firstWord = claimed ? 'first divergence' : 'first that differs, no claim';
    data = { payload, grid, luts, firstWord, range: readRange(payload.range, grid) };
    Object.assign(marks, { first, selected: findPair(payload, grid, selectedPair), hover: null });
    const shown = grid.cells.flat().filter((cell) => cell !== null);
    keys.same.hidden = !shown.some(({ status }) => status === 'same');
    keys.hatch.hidden = !shown.some(({ status }) => status === 'not_comparable');
    keys.nan.hidden = !shown.some(isNonfinite);
    setText(caption, captionText());
    describeFirst();
    bandPart.hidden = data.range === null;
    bandReason.hidden = data.range !== null;
    setText(bandReason, data.range === null ? 'No range band: these traces hold no state per ODE step.' : '');
    return null;
  }

  function describeFirst() {
    const { first } = marks;
    firstLine.classList.toggle('insm-none', first === null);
    if (first === null) {
      fill(firstLine, 'No operation differs.');
      return;
    }
    const step = data.grid.columns[first.column];
    fill(firstLine, el('i', { class: 'insm-swatch insm-swatch-first' }),
      `${data.firstWord}: ${step === 'once' ? '' : `step ${step}, `}`,
      el('b', { text: data.grid.labels[first.operation] }));
    firstLine.title = data.grid.labels[first.operation];
  }

  function captionText() {
    const { grid } = data;
    const rows = grid.pooled > 1
      ? `${grid.total.toLocaleString('en')} operations in order of execution, the worst of ${grid.pooled} per row`
      : 'Operations in order of execution, from top to bottom';
    const once = grid.columns.length === 1 && grid.columns[0] === 'once'
      ? ' · no ODE steps were found, so every operation has one column'
      : '';
    return `${rows}${once} · click selects`;
  }

  function draw() {
    const theme = widget.theme();
    const width = stage.clientWidth;
    if (width < 160) return;
    const { grid, luts, payload, range } = data;
    height = mapHeight(grid.rows.length, wantedHeight);
    drawMap(cells, theme, luts.error, grid, width, height, marks.first);
    sameSwatch.style.background = sameColour(theme);
    const tolerance = asNumber(payload.tolerance_log10);
    const room = Math.min(240, Math.max(140, width - 300));
    drawLegend(legend, theme, luts.error, room, tolerance);
    setText(toleranceKey, tolerance === null ? '' : `▼ tolerance ${errorText(tolerance)}`);
    legend.setAttribute('aria-label', 'colours from 1e−7, green, to 1, red');
    if (range !== null) {
      drawRange(band, theme, range, layout(grid, width, height), width, RANGE_HEIGHT, hoverStep);
      band.setAttribute('aria-label', rangeText(range.steps.length - 1));
    }
    root.dataset.geometry = JSON.stringify(layout(grid, width, height));
    root.dataset.first = JSON.stringify(marks.first);
    drawOver();
  }

  function drawOver() {
    if (data === null || stage.clientWidth < 160) return;
    drawMarks(overlay, widget.theme(), data.grid, stage.clientWidth, height, marks);
  }

  function rangeText(i) {
    const { range } = data;
    const side = (name) => {
      const [low, high] = [range[name].min[i], range[name].max[i]];
      const text = (value) => (Number.isFinite(value) ? tickText(value, 0.001) : 'NaN');
      return `${name} ${text(low)} … ${text(high)}`;
    };
    return `step ${range.steps[i]}: ${side('reference')}, ${side('candidate')}`;
  }

  function cellAt(event) {
    const bounds = stage.getBoundingClientRect();
    const box = layout(data.grid, stage.clientWidth, height);
    const x = event.clientX - bounds.left - box.left;
    const y = event.clientY - bounds.top - box.top;
    if (x < 0 || x >= box.width || y < 0 || y >= box.height) return null;
    return { row: Math.floor(y / box.rowHeight), column: Math.floor(x / box.columnWidth) };
  }

  function hover(place, { aloud = false } = {}) {
    marks.hover = place;
    drawOver();
    if (place === null) {
      tip.hidden = true;
      return;
    }
    const cell = data.grid.cells[place.row][place.column];
    const { label, detail, many } = describeCell(data.grid, cell, place.row, place.column);
    const isFirst = marks.first?.row === place.row && marks.first?.column === place.column;
    fill(tip, el('b', { text: label }), el('span', { text: detail }),
      many ? el('span', { text: many }) : null,
      isFirst ? el('span', { class: 'insm-tip-first', text: data.firstWord }) : null);
    const box = layout(data.grid, stage.clientWidth, height);
    placeTip(stage, box.left + (place.column + 0.5) * box.columnWidth, box.top + (place.row + 1) * box.rowHeight);
    if (aloud) setText(spoken, [label, detail, many].filter(Boolean).join(', '));
  }

  function placeTip(near, x, y) {
    tip.hidden = false;
    const bounds = near.getBoundingClientRect();
    const home = root.getBoundingClientRect();
    const left = bounds.left - home.left + x - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(home.width - tip.offsetWidth, left))}px`;
    tip.style.top = `${bounds.top - home.top + y + 8}px`;
  }

  function select(place) {
    const cell = place && data.grid.cells[place.row][place.column];
    if (!cell || cell.pair === null) return;
    selectedPair = cell.pair;
    marks.selected = place;
    root.dataset.selected = JSON.stringify({ ...place, pair: cell.pair });
    drawOver();
    emit('select-row', { row: cell.pair, source });
  }

  const hear = (node, type, handler) => node.addEventListener(type, handler, { signal: widget.signal });
  hear(stage, 'pointermove', (event) => data && hover(cellAt(event)));
  hear(stage, 'pointerleave', () => data && hover(null));
  hear(stage, 'click', (event) => data && select(cellAt(event)));
  hear(stage, 'blur', () => data && hover(null));
  hear(stage, 'keydown', (event) => {
    if (data === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = marks.hover ?? marks.selected ?? marks.first ?? { row: 0, column: 0 };
    const { rows, columns } = data.grid;
    const go = (dr, dc) =>
      hover({
        row: Math.min(rows.length - 1, Math.max(0, from.row + dr)),
        column: Math.min(columns.length - 1, Math.max(0, from.column + dc)),
      }, { aloud: true });
    const moves = {
      ArrowUp: () => go(-1, 0), ArrowDown: () => go(1, 0),
      ArrowLeft: () => go(0, -1), ArrowRight: () => go(0, 1),
      PageUp: () => go(-10, 0), PageDown: () => go(10, 0),
      Home: () => marks.first && hover(marks.first, { aloud: true }),
      Escape: () => hover(null),
    };
    const action = ENTER.includes(event.key) ? () => select(from) : moves[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  hear(bandStage, 'pointermove', (event) => {
    if (!data?.range) return;
    const box = layout(data.grid, stage.clientWidth, height);
    const column = (event.clientX - bandStage.getBoundingClientRect().left - box.left) / box.columnWidth - 0.5;
    const distance = data.range.columns.map((c) => Math.abs(c - column));
    hoverStep = distance.indexOf(Math.min(...distance));
    fill(tip, el('b', { text: `step ${data.range.steps[hoverStep]}` }),
      ...rangeText(hoverStep).replace(/^[^:]*: /, '').split(', ').map((text) => el('span', { text })));
    placeTip(bandStage, box.left + (data.range.columns[hoverStep] + 0.5) * box.columnWidth, RANGE_HEIGHT - 6);
    widget.redraw();
  });
  hear(bandStage, 'pointerleave', () => {
    hoverStep = null;
    tip.hidden = true;
    if (data) widget.redraw();
  });
  on('select-row', ({ row, source: sender }) => {
    selectedPair = Number.isInteger(row) ? row : null;
    if (sender === source || data === null) return;
    marks.selected = findPair(data.payload, data.grid, selectedPair);
    drawOver();
  }, widget);
}

function key(text, swatch) {
  return el('span', { class: 'insm-key' }, [swatch, text]);
}
