// Which rows of the tensor table are shown, and in what order.  No DOM here.

import { asNumber } from './api.js';

const FAILING = new Set(['different', 'not_comparable']);

// Sorting by status puts what needs attention first.
const STATUS_ORDER = { different: 0, not_comparable: 1, within_tolerance: 2, same: 3 };

/** True where a row of this status needs attention. */
export function isFailing(status) {
  return FAILING.has(status);
}

/**
 * Return {test, error}: `test(text)` says whether a name matches what was typed.
 *
 * Plain words must all occur, in any case; as a regular expression the text is one pattern.
 * A pattern that is not valid gives `error` and a test that lets everything through.
 */
export function makeFilter(typed, asRegex) {
  const text = typed.trim();
  if (text === '') return { test: () => true, error: '' };
  if (!asRegex) {
    const words = text.toLowerCase().split(/\s+/);
    return {
      test: (name) => {
        const lower = name.toLowerCase();
        return words.every((word) => lower.includes(word));
      },
      error: '',
    };
  }
  try {
    const pattern = new RegExp(text, 'i');
    return { test: (name) => pattern.test(name), error: '' };
  } catch (problem) {
    const reason = String(problem.message).split(': ').pop();
    return { test: () => true, error: `Not a valid regular expression: ${reason}.` };
  }
}

/**
 * Return the indexes of the rows to show, in order.
 *
 * `data`: {count, columns}.  `query`: {typed, asRegex, failingOnly, sortBy, descending}; without
 * `sortBy` the order is that of execution.  Rows without a value come last in both directions.
 */
export function selectRows(data, query) {
  const { reference, candidate, status } = data.columns;
  const filter = makeFilter(query.typed, query.asRegex);
  const rows = [];
  for (let row = 0; row < data.count; row += 1) {
    if (query.failingOnly && !FAILING.has(status[row])) continue;
    if (filter.test(reference[row] ?? '') || filter.test(candidate[row] ?? '')) rows.push(row);
  }
  if (query.sortBy) sortRows(rows, data.columns[query.sortBy], query);
  return { rows, error: filter.error };
}

function sortRows(rows, column, { sortBy, descending }) {
  const keys = column.map((value) => sortKey(value, sortBy));
  const sign = descending ? -1 : 1;
  rows.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1;
    if (x < y) return -sign;
    if (x > y) return sign;
    return a - b;
  });
}

function sortKey(value, sortBy) {
  if (sortBy === 'status') return STATUS_ORDER[value] ?? 4;
  const number = asNumber(value);
  // NaN is worse than every number, and comparing with it would leave the order undefined.
  if (number !== null) return Number.isNaN(number) ? Infinity : number;
  if (value === null || value === undefined) return null;
  return TEXT.has(sortBy) ? String(value).toLowerCase() : String(value);
}

const TEXT = new Set(['reference', 'candidate', 'role', 'rule', 'layout']);
