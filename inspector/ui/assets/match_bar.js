// The two tensors that the user picked, what pairing them would change, and the buttons to do it.

import { fetchJson, isAbort, runUrl } from './api.js';
import { el, fill, setText } from './dom.js';
import { partners, preview, shortName } from './match_model.js';
import { shapeText } from './match_table.js';
import { createSelect } from './select.js';

const HINT = 'To pair two tensors, click the name of one in each column.';
const SIDES = ['reference', 'candidate'];

/**
 * Return {node, show}.  `drop(side)` takes a tensor out of the bar; `choose(choices)` is told
 * the choices [reference, candidate | null, axes | null] that a button stands for.
 */
export function createMatchBar({ drop, choose, signal }) {
  let state = null; // {run, data, choices, picked}
  let axes = ''; // '' = found automatically, else JSON
  let asking = null;

  const slots = Object.fromEntries(SIDES.map((side) => [side, slot(side, () => drop(side))]));
  const select = createSelect('Axes of the candidate', (value) => { axes = value; });
  const axesChoice = el('label', { class: 'match-axes-label' }, ['Axes ', select]);
  const axesNote = el('span', { class: 'ins-muted' });
  const axesPart = el('div', { class: 'match-axes' }, [
    axesChoice, axesNote,
  ]);
  const text = el('p', { class: 'match-preview', role: 'status' });
  const button = (label, title, action, kind = '') => el('button', {
    type: 'button', class: `ins-button ${kind}`, text: label, title, on: { click: action },
  });
  const both = () => [state.picked.reference, state.picked.candidate, axes ? JSON.parse(axes) : null];
  const pair = button('Pair these', 'Note this pair; “Apply” compares with it', () => choose([both()]), 'match-primary');
  const exchange = button('Exchange partners', '', () => {
    const { lost } = look();
    choose([[lost.reference, lost.candidate, null], both()]);
  });
  const unpair = button('Unpair', 'Note that the reference tensor has no partner', () => choose([[pairedReference(), null, null]]));
  const node = el('div', { class: 'match-bar' }, [
    el('div', { class: 'match-slots' }, [slots.reference.node, el('span', { class: 'match-link', text: '↔' }), slots.candidate.node]),
    text, axesPart,
    el('div', { class: 'match-actions' }, [pair, exchange, unpair]),
  ]);

  const look = () => preview(state.data, state.choices, state.picked.reference, state.picked.candidate);

  /** The reference tensor of the pair that is picked as a whole or by one of its tensors. */
  function pairedReference() {
    const { reference, candidate } = state.picked;
    const { ofReference, ofCandidate } = partners(state.data, state.choices);
    if (reference !== null && candidate !== null) return ofReference.get(reference) === candidate ? reference : null;
    if (reference !== null) return ofReference.has(reference) ? reference : null;
    return candidate === null ? null : ofCandidate.get(candidate) ?? null;
  }

  const show = (next) => {
    const changed = state === null || SIDES.some((side) => state.picked[side] !== next.picked[side]) || state.data !== next.data;
    state = next;
    const { data, picked } = state;
    for (const side of SIDES) slots[side].show(data[side], picked[side]);
    const ready = picked.reference !== null && picked.candidate !== null;
    const found = ready ? look() : null;
    const parts = pairedReference();
    pair.disabled = !ready;
    setText(pair, found?.together ? 'Keep this pair' : 'Pair these');
    exchange.hidden = !(found?.lost.reference >= 0 && found?.lost.candidate >= 0 && found.lost.reference !== null && found.lost.candidate !== null);
    if (!exchange.hidden) exchange.title = `Also pair ${data.reference.names[found.lost.reference]} with ${data.candidate.names[found.lost.candidate]}`;
    unpair.disabled = parts === null;
    setText(text, ready ? `${shortName(data.reference.names[picked.reference])} ↔ ${shortName(data.candidate.names[picked.candidate])}. ${found.text}` : single(parts));
    if (changed) ask(ready);
  };

  const single = (reference) => {
    const { data, picked, choices } = state;
    const side = SIDES.find((name) => picked[name] !== null);
    if (side === undefined) return HINT;
    const other = side === 'reference' ? 'candidate' : 'reference';
    if (reference === null) return `It has no partner. Click a name in the column of the ${other} to pair it.`;
    const partner = side === 'reference' ? partners(data, choices).ofReference.get(picked.reference) : reference;
    return `Its partner is ${shortName(data[other].names[partner])}. Click another name in the column of the ${other} to pair it anew.`;
  };

  const ask = async (ready) => {
    asking?.abort();
    asking = new AbortController();
    axes = '';
    axesPart.hidden = !ready;
    setText(axesNote, '');
    offer([]);
    if (!ready) return;
    const { reference, candidate } = state.picked;
    try {
      const address = runUrl(state.run, `match/axes?reference=${reference}&candidate=${candidate}`);
      const answer = await fetchJson(address, { signal: AbortSignal.any([asking.signal, signal]) });
      offer(answer.choices);
      setText(axesNote, answer.sentence);
    } catch (error) {
      if (!isAbort(error)) setText(axesNote, error.message);
    }
  };

  const offer = (orders) => {
    axesChoice.hidden = orders.length < 2;
    select.show([{ value: '', text: 'found automatically' }, ...orders.map((order) => ({
      value: JSON.stringify(order), text: isPlain(order) ? 'as stored' : order.join(' '),
    }))], '');
  };

  return { node, show };
}

function isPlain(order) {
  return order.every((axis, place) => axis === place);
}

function slot(side, drop) {
  const name = el('b', { class: 'match-slot-name' });
  const facts = el('span', { class: 'ins-muted' });
  const close = el('button', { type: 'button', class: 'ins-plain', text: '✕', title: 'Pick none', 'aria-label': `Pick no ${side} tensor`, on: { click: drop } });
  const node = el('div', { class: `match-slot match-${side}` }, [
    el('span', { class: `ins-side ins-${side}` }, [el('span', { class: 'ins-dot' })]), name, facts, close,
  ]);
  return {
    node,
    show(tensors, place) {
      const none = place === null;
      setText(name, none ? `no ${side} picked` : tensors.names[place]);
      name.title = none ? '' : tensors.names[place];
      setText(facts, none ? '' : `${shapeText(tensors.shapes[place])} ${tensors.dtypes[place]}`);
      node.classList.toggle('match-empty', none);
      close.hidden = none;
    },
  };
}
