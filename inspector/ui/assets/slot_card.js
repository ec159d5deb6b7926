// What one slot computes, shown while it is pointed at or has the focus.

import { el, fill } from './dom.js';
import { numberText } from './format.js';

/** Return {node, show, hide}; `show(node, anchor)` opens the card below `anchor`. */
export function createSlotCard() {
  const node = el('div', { class: 'insm-tip slot-card', role: 'tooltip', id: `slot-card-${Math.random().toString(36).slice(2)}`, hidden: true });
  return {
    node,
    hide() {
      node.hidden = true;
    },
    show(slot, anchor, home) {
      fill(node, ...lines(slot));
      node.hidden = false;
      const place = anchor.getBoundingClientRect();
      const bounds = home.getBoundingClientRect();
      const left = Math.min(bounds.width - node.offsetWidth, place.left - bounds.left);
      const roomBelow = window.innerHeight - place.bottom > node.offsetHeight + 12;
      const top = roomBelow ? place.bottom - bounds.top + 4 : place.top - bounds.top - node.offsetHeight - 4;
      node.style.left = `${Math.max(0, left)}px`;
      node.style.top = `${top}px`;
    },
  };
}

function lines(slot) {
  const settings = Object.entries(slot.settings ?? {}).map(([name, value]) => `${name} = ${plain(value)}`);
  const params = (slot.params ?? []).map(({ key, shape, dtype }) => `${key}  ${(shape ?? []).join('×')} ${dtype ?? ''}`);
  return [
    el('b', { text: slot.name }),
    el('span', { text: `${words(slot.slot)} · operation ${slot.op}` }),
    slot.formula ? el('code', { class: 'slot-formula', text: slot.formula }) : null,
    row('reads', (slot.inputs ?? []).join(', ')),
    row('with', settings.join(', ')),
    ...params.map((text, i) => row(i === 0 ? 'weights' : '', text)),
    row('recorded', RECORDED[slot.recorded] ?? ''),
  ].filter((line) => line !== null);
}

export const RECORDED = {
  both: 'on both sides', reference: 'in the reference only', candidate: 'in the candidate only',
  none: 'on neither side',
};

function row(name, text) {
  return text ? el('span', { class: 'slot-fact' }, [el('span', { class: 'slot-fact-name', text: name }), el('span', { text })]) : null;
}

function plain(value) {
  return typeof value === 'number' ? numberText(value, 6) : String(value);
}

/** Return `attention_scale` as `attention scale`. */
export function words(key) {
  return String(key ?? '').replaceAll('_', ' ');
}
