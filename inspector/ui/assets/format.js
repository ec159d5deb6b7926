// How states and numbers are written, the same in every part of the page.

import { asNumber } from './api.js';
import { el } from './dom.js';

/** States by key: icon and word always go together with the colour. */
export const STATES = {
  same: { tone: 'ok', icon: '✓', word: 'same' },
  within_tolerance: { tone: 'ok', icon: '✓', word: 'within tolerance' },
  different: { tone: 'fail', icon: '✗', word: 'different' },
  not_comparable: { tone: 'none', icon: '–', word: 'not comparable' },
  incomplete: { tone: 'none', icon: '?', word: 'incomplete' },
  ok: { tone: 'ok', icon: '✓', word: 'ok' },
  note: { tone: 'note', icon: '!', word: 'note' },
  fail: { tone: 'fail', icon: '✗', word: 'fail' },
  none: { tone: 'none', icon: '–', word: 'no data' },
};

/** Return the state of this key; one that is unknown is shown by its own name, grey. */
export function stateOf(key) {
  return STATES[key] ?? { tone: 'none', icon: '?', word: String(key) };
}

/** Return an element that shows a state as icon and word in its colour. */
export function stateBadge(key, { word = true } = {}) {
  const state = stateOf(key);
  return el('span', { class: `ins-state ins-${state.tone}`, title: state.word }, [
    el('span', { class: 'ins-icon', 'aria-hidden': 'true', text: state.icon }),
    el('span', { class: word ? 'ins-word' : 'ins-hidden', text: state.word }),
  ]);
}

/** Return a number as short text: `digits` significant digits, a true minus, NaN by name. */
export function numberText(value, digits = 4) {
  const number = asNumber(value);
  if (number === null) return typeof value === 'string' ? value : '–';
  if (Number.isNaN(number)) return 'NaN';
  if (!Number.isFinite(number)) return number > 0 ? '+∞' : '−∞';
  if (number === 0) return '0';
  const size = Math.abs(number);
  let text;
  if (Number.isInteger(number) && size < 1e9) text = number.toLocaleString('en-US');
  else if (size >= 1e6 || size < 1e-3) text = exponent(number, digits - 1);
  else text = String(Number(number.toPrecision(digits)));
  return text.replace('-', '−').replace('e−', 'e-');
}

/** Return an error as short text, `digits` significant: with an exponent wherever it is small. */
export function errorNumber(value, digits = 2) {
  const number = asNumber(value);
  if (number === null || !Number.isFinite(number) || number === 0 || Math.abs(number) >= 0.1) return numberText(value, digits + 1);
  return number.toExponential(digits - 1).replace(/^-/, '−'); // 1.0e-2: as wide as 1.1e-2
}

/** Return how many times something is, such as `×45,000` or `×2.3e7`. */
export function timesText(value) {
  const number = asNumber(value);
  if (number === null) return '';
  if (number >= 1e5 && Number.isFinite(number)) return `×${number.toExponential(1).replace('e+', 'e')}`;
  return `×${numberText(number >= 100 ? Math.round(Number(number.toPrecision(2))) : number, 2)}`;
}

/** Return a number that is usually almost 1, such as a cosine: `1−2.4e-9` instead of `1`. */
export function nearOneText(value) {
  const number = asNumber(value);
  const below = number === null ? NaN : 1 - number;
  if (below > 0 && below < 1e-3) return `1−${numberText(below, 2)}`;
  return numberText(value);
}

function exponent(number, decimals) {
  const [mantissa, power] = number.toExponential(decimals).split('e');
  return `${Number(mantissa)}e${power.replace('+', '')}`;
}
