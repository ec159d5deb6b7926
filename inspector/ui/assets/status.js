// What happens right now: progress while a pair is opened, one sentence when that failed.

import { emit } from './bus.js';
import { el, fill, setText } from './dom.js';

const ICONS = { busy: '', failed: '✗', cancelled: '!', note: '!' };

/** Mount the strip; value: JSON {state, text, done, total}; `done` and "" show nothing. */
export function mount(root, props, { watch }) {
  const icon = el('span', { class: 'ins-status-icon', 'aria-hidden': 'true' });
  const text = el('span', { class: 'ins-status-text' });
  const share = el('span', { class: 'ins-status-share' });
  const bar = el('div', { class: 'ins-status-bar' });
  const close = el('button', {
    type: 'button', class: 'ins-plain', text: '✕', title: 'Hide', 'aria-label': 'Hide this message',
    on: { click: () => { strip.hidden = true; } },
  });
  const strip = el('div', { class: 'ins-status', role: 'status', hidden: true }, [
    bar, icon, text, share, close,
  ]);
  fill(root, strip);

  const show = () => {
    const value = read(props.value);
    const state = value?.state ?? 'done';
    strip.hidden = state === 'done';
    if (strip.hidden) return;
    strip.dataset.state = state;
    strip.setAttribute('role', state === 'failed' ? 'alert' : 'status');
    setText(icon, ICONS[state] ?? '');
    setText(text, state === 'busy' ? `${value.text} …` : value.text);
    const known = state === 'busy' && value.total > 1;
    const counted = `${value.done} of ${value.total}`;
    setText(share, known && !value.text.includes(counted) ? counted : '');
    bar.style.setProperty('--share', known ? `${(100 * value.done) / value.total}%` : '0%');
    bar.classList.toggle('ins-unknown', state === 'busy' && !known);
    close.hidden = state === 'busy';
  };
  watch?.('value', () => {
    show();
    emit('opening', read(props.value) ?? { state: 'done' });
  });
  show();
}

function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return { state: 'failed', text: 'The page received an answer that it cannot read.' };
  }
}
