// Buttons, switches and lines of text around the waveforms.

import { el, fill, setText } from './dom.js';

const SIDES = [
  ['A', 'reference', 'hear the reference (A)'],
  ['B', 'candidate', 'hear the candidate (B)'],
  ['D', 'difference', 'hear candidate − reference (D)'],
];
const GAINS_DB = [0, 20, 40];

/** Return the parts of the player's bar and functions that keep them true. */
export function createControls(actions) {
  const button = (text, title, click, extra = {}) =>
    el('button', { type: 'button', class: 'insm-button', text, title, on: { click }, ...extra });
  const check = (text, title, change) => {
    const input = el('input', { type: 'checkbox', on: { change: () => change(input.checked) } });
    const detail = el('span', { class: 'insm-detail' });
    const label = el('label', { class: 'insm-check', title }, [input, el('span', { text }), detail]);
    return { input, detail, label };
  };

  const play = button('', 'play or pause (space)', actions.toggle, {
    class: 'insm-button insm-play',
    'aria-label': 'play',
  });
  const sides = SIDES.map(([key, name, title], i) =>
    button('', title, () => actions.choose(i), { data: { side: name }, 'aria-pressed': 'false' }),
  );
  sides.forEach((node, i) => fill(node, el('b', { text: SIDES[i][0] }), ` ${SIDES[i][1]}`));
  const match = check('match loudness', 'Set the candidate to the loudness of the reference', actions.match);
  const align = check('align', 'Move the candidate by the measured lag', actions.align);
  const loop = check('loop', 'Repeat the marked region (L); drag on the waveforms to mark one', actions.loop);
  const gains = GAINS_DB.map((db) =>
    button(db === 0 ? '0' : `+${db}`, `make the difference ${db} dB louder`, () => actions.gain(db), {
      'aria-pressed': 'false',
    }),
  );
  const gainDetail = el('span', { class: 'insm-detail' });
  const clock = el('span', { class: 'insm-clock insm-number' });
  const render = button('render mel to sound', 'Make sound from the mel by Griffin-Lim', actions.render, {
    class: 'insm-button insm-render',
    hidden: true,
  });
  const notice = el('span', { class: 'insm-notice', role: 'status', hidden: true });
  const group = (name, nodes) => el('span', { class: 'insm-group', role: 'group', 'aria-label': name }, nodes);

  const bar = el('div', { class: 'insm-bar insm-player-bar' }, [
    play,
    group('signal', sides),
    clock,
    notice,
    el('span', { class: 'insm-spring' }),
    match.label,
    align.label,
    el('span', { class: 'insm-field' }, ['gain of D', group('gain of the difference', gains), 'dB', gainDetail]),
    loop.label,
    render,
  ]);
  const facts = el('dl', { class: 'insm-facts' });
  const notes = el('ul', { class: 'insm-notes', hidden: true });
  const keys = el('div', {
    class: 'insm-hint',
    text:
      'A / B / D choose · T toggles A and B · space plays · ← → 0.25 s · drag marks a loop · ' +
      'L loops · click seeks · wheel zooms · double-click fits',
  });

  return {
    bar, facts, notes, keys,
    /** Show the state of playing; called after every change. */
    show(state) {
      setText(play, state.playing && !state.suspended ? '❚❚ pause' : '▶\uFE0E play');
      play.setAttribute('aria-label', state.playing ? 'pause' : 'play');
      sides.forEach((node, i) => {
        node.setAttribute('aria-pressed', String(state.active === i));
        node.disabled = !state.has[i];
      });
      match.input.checked = state.match !== null && state.match.on;
      match.input.disabled = state.match === null;
      setText(match.detail, matchText(state.match));
      match.label.title = state.match === null
        ? 'Loudness is unknown: it needs at least 0.4 s of sound on both sides'
        : 'Set the candidate to the loudness of the reference (ITU-R BS.1770)';
      align.input.checked = state.align.on;
      align.input.disabled = !state.align.lag;
      setText(align.detail, state.align.lag ? `lag ${signed(state.align.lag, 0)}` : '');
      loop.input.checked = Boolean(state.loop?.on);
      gains.forEach((node, i) => {
        node.setAttribute('aria-pressed', String(state.gainDb === GAINS_DB[i]));
        node.disabled = !state.has[2];
      });
      setText(gainDetail, state.gainLimited ? `held at ${signed(state.gainHeardDb, 1)} dB: full scale` : '');
      notice.hidden = !state.suspended;
      setText(notice, state.suspended ? 'click play to enable audio' : '');
    },
    showTime(position, duration) {
      setText(clock, `${position.toFixed(3)} / ${duration.toFixed(3)} s`);
    },
    /** `facts`: [[name, value, help, status]]; `sentences`: what a listener must know. */
    describe(rows, sentences, canRender) {
      fill(facts, rows.map(([name, value, help, status]) =>
        el('div', { title: help, data: status ? { status } : {} }, [
          el('dt', { text: name }), el('dd', { class: 'insm-number', text: value }),
        ])));
      fill(notes, sentences.map((text) => el('li', { text })));
      notes.hidden = sentences.length === 0;
      render.hidden = !canRender;
      render.disabled = false;
      setText(render, 'render mel to sound');
    },
    waitForRender() {
      render.disabled = true;
      setText(render, 'rendering …');
    },
  };
}

function matchText(match) {
  if (match === null) return '';
  return `${signed(match.db, 1)} dB${match.limited ? ' (held at full scale)' : ''}`;
}

/** Return `value` with its sign and `digits` decimals. */
export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}
