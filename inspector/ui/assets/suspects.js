// The suspects of the culprit search as a table: how much each explains, and what exactly it is.

import { asNumber } from './api.js';
import { el, fill } from './dom.js';
import { errorNumber, numberText, timesText } from './format.js';

const COLUMNS = [
  ['', ''],
  ['Suspect', 'A known mistake that ports make'],
  ['Where', 'Block or slot where it was tried, and how far it reaches'],
  ['Explains', 'Share of the introduced error that is gone when the reference makes this mistake too'],
  ['Residual', 'What is left between that run and the candidate, relative L2'],
  ['Noise floor', 'What correct computations differ by here; a residual near it is explained in full'],
  ['Margin', 'How many times smaller its residual is than that of the next suspect'],
  ['', ''],
];

/** Return {node, show}; `open(suspect)` loads one in the block lab. */
export function createSuspects(open) {
  const table = el('table', { class: 'suspects', 'aria-label': 'Suspects, best first' });
  const node = el('div', { class: 'suspects-scroll', hidden: true }, [table]);
  let shown = '';
  return {
    node,
    show(suspects) {
      const text = JSON.stringify(suspects);
      node.hidden = suspects.length === 0;
      if (text === shown) return; // a button that has the focus keeps it
      shown = text;
      fill(table,
        el('thead', {}, [el('tr', {}, COLUMNS.map(([name, title]) => el('th', { scope: 'col', title, text: name })))]),
        suspects.map((suspect, i) => body(suspect, i, open)));
    },
  };
}

function body(suspect, i, open) {
  const share = asNumber(suspect.explained);
  return el('tbody', { data: { fault: suspect.fault } }, [
    el('tr', { class: 'suspect' }, [
      el('td', { class: 'ins-number ins-muted', text: String(i + 1) }),
      el('th', { scope: 'row' }, [
        el('b', { text: suspect.title || suspect.fault }),
        el('span', { class: 'ins-muted', text: suspect.slot ? ` ${String(suspect.slot).replaceAll('_', ' ')}` : '' }),
        suspect.kind === 'control' ? el('span', { class: 'ins-ok', text: ' · no mistake' }) : null,
      ]),
      el('td', { class: 'suspect-where' }, [
        ...whereNodes(suspect),
      ]),
      el('td', {}, [explains(share)]),
      number(suspect.residual), number(suspect.noise_floor),
      el('td', { class: 'ins-number', text: timesText(suspect.margin) || '–' }),
      el('td', {}, [el('button', {
        type: 'button', class: 'insm-button', text: 'Open in the lab',
        title: 'Load block, step and this swap in the tab Block lab', on: { click: () => open(suspect) },
      })]),
    ]),
    el('tr', { class: 'suspect-more' }, [
      el('td', {}),
      el('td', { colspan: COLUMNS.length - 1 }, [
        suspect.sentence ? el('p', { text: suspect.sentence }) : null,
        el('p', {}, [
          suspect.change ? el('span', {}, [el('span', { class: 'ins-muted', text: 'Exact change: ' }), suspect.change]) : null,
          (suspect.alike ?? []).length > 0
            ? el('span', { class: 'ins-muted', text: ` These traces cannot tell it from: ${suspect.alike.join(', ')}.` })
            : null,
          (suspect.resembles ?? []).length > 0
            ? el('span', { class: 'ins-muted', title: 'Mistakes of real ports that this one stands for', text: ` Real ports had it: ${suspect.resembles.slice(0, 3).join('; ')}.` })
            : null,
        ]),
      ]),
    ]),
  ]);
}

const SCOPES = { all: 'at every place it can be', some: 'at several places', one: 'at one place' };

function whereNodes({ where, scope }) {
  const places = [where ?? []].flat().flatMap((text) => String(text).split(', '));
  const open = places.at(-1)?.endsWith(' …'); // the server names only the first of many
  const text = places.length > 1 ? `${places[0]} and ${open ? 'others' : `${places.length - 1} more`}` : places[0] ?? '';
  return [
    el('span', { text, title: places.slice(0, 40).join('\n') }),
    el('span', { class: 'ins-muted', text: SCOPES[scope] ?? scope ?? '' }),
  ];
}

/** A bar from 0 to 100 %; below zero the swap makes it worse. */
function explains(share) {
  if (share === null) return el('span', { text: '–' });
  const percent = 100 * share;
  const width = `${Math.min(100, Math.max(0, percent))}%`;
  return el('span', { class: 'suspect-share' }, [
    el('span', { class: 'suspect-track', 'aria-hidden': 'true' }, [el('i', { style: { width } })]),
    el('span', { class: 'ins-number', text: `${percentText(percent)} %` }),
  ]);
}

// 99.98 must not be rounded to 100: that is the difference between "all" and "almost all".
function percentText(percent) {
  if (percent > 99 && percent < 100) return numberText(Math.floor(percent * 100) / 100, 4);
  return numberText(Math.round(percent * 10) / 10, 3);
}

function number(value) {
  return el('td', { class: 'ins-number', text: errorNumber(value) });
}
