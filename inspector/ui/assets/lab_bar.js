// What holds for the whole block, the buttons, and one line that says what happened.

import { el, fill, setText } from './dom.js';
import { numberText } from './format.js';
import { createSelect } from './select.js';
import { backendEntry } from './slots.js';

const ROWS = [
  { value: 'both', text: 'both' }, { value: 'cond', text: 'conditional' },
  { value: 'uncond', text: 'unconditional' },
];
const IS_MAC = /mac/i.test(navigator.platform);
const RUN_KEYS = IS_MAC ? '⌘ Enter' : 'Ctrl Enter';

/** Return {head, node, show, state}; `actions`: run, cancel, undo, redo, reset, choose. */
export function createLabBar(actions, exportButtons) {
  const field = (text, title, name, change = (value) => actions.choose({ [name]: value })) => {
    const select = createSelect(text, change);
    return { select, label: el('label', { class: 'insm-field', title }, [text, select]) };
  };
  const button = (text, title, action, extra = {}) =>
    el('button', { type: 'button', class: 'insm-button', text, title, on: { click: action }, ...extra });

  const block = field('Block', 'The block that runs; a click on the map chooses it too', 'block');
  const step = field('Step', 'ODE step', 'step', (value) => actions.choose({ step: Number(value) }));
  const verdict = el('span', { class: 'lab-here ins-muted' });
  const source = field('Inputs from', 'Whose recorded values the block reads', 'source');
  const rows = field('Rows', 'Rows of classifier-free guidance', 'rows');
  const backend = field('Backend', 'Framework that computes the block', 'backend');
  const precision = field('Precision', 'Floating-point type of the block', 'precision');
  const effect = el('input', { type: 'checkbox', on: { change: () => actions.choose({ effect: effect.checked }) } });
  const everywhere = createSelect('a known mistake everywhere in this block', (key) => {
    if (key) actions.everywhere(key);
  });
  const chips = el('span', { class: 'lab-chips' });

  const run = button('', `Run the block with these choices (${RUN_KEYS})`, actions.run, { class: 'insm-button lab-run' });
  fill(run, ['▶\uFE0E Run', el('kbd', { text: RUN_KEYS })]);
  const cancel = button('Cancel', 'Stop the run', actions.cancel, { class: 'insm-button lab-cancel', hidden: true });
  const undo = button('↶ Undo', 'Take back the last choice (Ctrl Z)', actions.undo);
  const redo = button('↷ Redo', 'Choose it again (Ctrl Shift Z)', actions.redo);
  const reset = button('Reset slots', 'Everything in this block as the architecture has it', actions.reset);

  const head = el('div', { class: 'insm-bar lab-head' }, [block.label, step.label, verdict]);
  const wide = el('div', { class: 'insm-bar lab-wide' }, [
    source.label, rows.label, backend.label, precision.label,
    el('label', { class: 'insm-check', title: 'Also run the rest of the decoder from here: the final mel and its sound. Takes longer.' }, [
      effect, 'effect on mel and sound',
    ]),
  ]);
  const buttons = el('div', { class: 'insm-bar lab-buttons' }, [
    run, cancel, el('span', { class: 'insm-group', role: 'group', 'aria-label': 'history' }, [undo, redo]), reset,
    el('span', { class: 'insm-spring' }), ...exportButtons,
  ]);
  const mistakes = el('div', { class: 'insm-bar lab-mistakes' }, [
    el('label', { class: 'insm-field', title: 'Apply one known mistake at every place of this block' }, ['Everywhere in this block', everywhere]),
    chips,
  ]);
  const bar = el('div', { class: 'lab-progress' });
  const text = el('span', { class: 'lab-said', role: 'status' });
  const seconds = el('span', { class: 'lab-seconds ins-muted' });
  const outcome = el('div', { class: 'lab-outcome', data: { state: 'idle' } }, [bar, text, seconds]);
  const remarks = el('ul', { class: 'lab-notes', 'aria-label': 'what the run assumed', hidden: true });
  const node = el('div', { class: 'lab-controls' }, [wide, buttons, outcome, remarks, mistakes]);

  return {
    head,
    node,

    /** Show the choices.  `payload`: of the block, or null while it is on its way. */
    show(lab, store, payload, here) {
      const { present, choices } = store;
      block.select.show(lab.blocks.map(({ name, label }) => ({ value: name, text: label })), present.block);
      step.select.show(lab.steps.map((value) => ({ value: String(value), text: String(value) })), String(present.step));
      fill(verdict, here);
      source.select.show(lab.sources.map(({ key, title }) => ({ value: key, text: title })), present.source);
      rows.select.show(ROWS, present.rows);
      backend.select.show(lab.backends.map(backendEntry), present.backend);
      precision.select.show(lab.precisions.map((value) => ({ value, text: value })), present.precision);
      effect.checked = present.effect;
      const known = new Set((payload?.nodes ?? []).flatMap(({ swaps }) => swaps ?? []));
      everywhere.show([
        { value: '', text: '+ a known mistake …' },
        ...lab.swaps.filter(({ key }) => known.has(key)).map(({ key, title, change }) => ({ value: key, text: title, title: change })),
      ], '');
      mistakes.hidden = known.size === 0 && choices.swaps.length === 0;
      const names = new Set((payload?.nodes ?? []).map(({ name }) => name));
      const wideSwaps = choices.swaps.filter(({ places }) => places === null || places.some((place) => !names.has(place)));
      fill(chips, wideSwaps.map((swap) => chip(lab, swap, actions.remove)));
      undo.disabled = !store.canUndo;
      redo.disabled = !store.canRedo;
      reset.disabled = store.untouched;
    },

    /** Say what happens: {state: idle|running|done|failed|stale, text, notes, seconds, done, total}. */
    say({ state, text: sentence, notes = [], seconds: taken = null, done = 0, total = 0 }) {
      outcome.dataset.state = state;
      setText(text, sentence);
      text.setAttribute('role', state === 'failed' ? 'alert' : 'status');
      fill(remarks, notes.map((note) => el('li', { text: note })));
      remarks.hidden = notes.length === 0;
      setText(seconds, taken === null ? '' : `${numberText(taken, 2)} s`);
      run.hidden = state === 'running';
      cancel.hidden = state !== 'running';
      bar.style.setProperty('--share', state === 'running' && total > 1 ? `${(100 * done) / total}%` : '0%');
    },
  };
}

function chip(lab, { key, places }, remove) {
  const known = lab.swaps.find((swap) => swap.key === key);
  const title = known?.title ?? key;
  return el('span', { class: 'lab-chip', title: known?.change ?? '' }, [
    el('span', { text: places === null ? title : `${title} at ${places.join(', ')}` }),
    el('button', { type: 'button', class: 'ins-plain', text: '✕', 'aria-label': `take back: ${title}`, on: { click: () => remove(key) } }),
  ]);
}
