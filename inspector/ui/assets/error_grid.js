// The error map as numbers: columns, pooled rows, first divergence.  No drawing.

import { asNumber } from './api.js';

/** More rows than this are pooled: they could neither be read nor told apart. */
export const LABELLED_ROWS = 30;
const POOLED_ROWS = 110;

// What a pooled cell says when its operations disagree: the worst of them.
const RANK = { different: 4, not_comparable: 3, within_tolerance: 2, same: 1 };

export const STATUS_WORDS = {
  same: 'same',
  within_tolerance: 'within tolerance',
  different: 'different',
  not_comparable: 'not comparable',
};

/**
 * Return the grid of a map payload.
 *
 * {columns: [labels], rows: [{label, first, last}], cells: [row][column] or null, pooled: how many
 * operations share a row at most}.  A cell is {row, column, value, status, pair, count, failing}:
 * the worst of `count` operations, `failing` of them different.
 */
export function buildGrid(payload) {
  const steps = payload.steps ?? [];
  const width = Math.max(1, steps.length, ...payload.value.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) =>
    steps[i] === undefined || steps[i] === null ? 'once' : String(steps[i]),
  );
  const total = payload.rows.length;
  const pooled = total <= LABELLED_ROWS ? 1 : Math.ceil(total / POOLED_ROWS);
  const rows = [];
  const cells = [];
  for (let first = 0; first < total; first += pooled) {
    const last = Math.min(total, first + pooled);
    rows.push({ label: String(payload.rows[first].label), first, last });
    cells.push(columns.map((_, column) => worst(payload, first, last, column)));
  }
  return { columns, rows, cells, pooled, total, labels: payload.rows.map(({ label }) => String(label)) };
}

function worst(payload, first, last, column) {
  let cell = null;
  let count = 0;
  let failing = 0;
  for (let row = first; row < last; row += 1) {
    const status = payload.status[row]?.[column] ?? null;
    if (status === null) continue;
    count += 1;
    if (status === 'different') failing += 1;
    const value = asNumber(payload.value[row]?.[column]);
    if (cell === null || worse(status, value, cell)) {
      cell = { row, column, value, status, pair: payload.pair[row]?.[column] ?? null };
    }
  }
  return cell === null ? null : { ...cell, count, failing };
}

function worse(status, value, cell) {
  if (RANK[status] !== RANK[cell.status]) return (RANK[status] ?? 0) > (RANK[cell.status] ?? 0);
  return badness(value) > badness(cell.value);
}

// No number where one belongs means NaN or infinite: nothing is worse.
function badness(value) {
  return value === null || Number.isNaN(value) ? Infinity : value;
}

/** Return the place of the pair `pair` (a row of tensors.json) as {row, column}, or null. */
export function findPair(payload, grid, pair) {
  if (pair === null) return null;
  for (let row = 0; row < payload.rows.length; row += 1) {
    const column = payload.pair[row].indexOf(pair);
    if (column >= 0) return placeOf(grid, row, column);
  }
  return null;
}

/**
 * Return {row, column, operation} of the first different operation in order of execution, or null.
 *
 * Step by step, and within a step from top to bottom.  What runs once runs where its row stands:
 * before all steps above the first operation that has steps, after them below.
 */
export function firstDivergence(payload, grid) {
  const once = grid.columns.map((label) => label === 'once');
  const firstStepped = payload.status.findIndex((row) => row.some((s, c) => s !== null && !once[c]));
  let best = null;
  payload.status.forEach((statuses, row) =>
    statuses.forEach((status, column) => {
      if (status !== 'different') return;
      const after = once[column] && firstStepped >= 0 && row > firstStepped;
      const when = once[column] ? (after ? Infinity : -1) : column;
      if (best === null || when < best.when) best = { when, row, column };
    }),
  );
  return best === null ? null : placeOf(grid, best.row, best.column);
}

function placeOf(grid, row, column) {
  return { row: Math.floor(row / grid.pooled), column, operation: row };
}

/** Return 1e-7 for -7, 3.2e-5 for -4.495: the error itself, not its logarithm. */
export function errorText(log10) {
  if (log10 === null || Number.isNaN(log10)) return 'NaN';
  if (log10 === -Infinity) return '0';
  if (log10 === Infinity) return 'infinite';
  if (log10 >= 0 && log10 < 4) return String(Number((10 ** log10).toPrecision(2)));
  return (10 ** log10).toExponential(1).replace('e-', 'e−').replace('.0e', 'e').replace('e+0', '');
}

/** Return one sentence about `cell` for the tooltip and for screen readers. */
export function describeCell(grid, cell, row, column) {
  const step = grid.columns[column] === 'once' ? 'runs once' : `step ${grid.columns[column]}`;
  const label = cell === null ? grid.rows[row].label : grid.labels[cell.row];
  if (cell === null) return { label, detail: `${step} · nothing recorded` };
  const number =
    cell.status === 'not_comparable' ? '' : ` · relative L2 ${cell.status === 'same' ? '0' : errorText(cell.value)}`;
  const detail = `${step} · ${STATUS_WORDS[cell.status] ?? cell.status}${number}`;
  const many = cell.count > 1 ? `worst of ${cell.count} operations here, ${cell.failing} different` : '';
  return { label, detail, many };
}
