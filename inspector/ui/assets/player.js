// A/B player: reference, candidate and difference on one clock.

import { asNumber, fetchFloat32, fetchJson, runUrl, url } from './api.js';
import { emit, newSource, on } from './bus.js';
import { el, fill, setText } from './dom.js';
import { buildChannels, buildPyramid, differenceGain, loudnessMatch } from './player_channels.js';
import { createControls } from './player_controls.js';
import { createEngine } from './player_engine.js';
import { captionOf, describeSound, listenerNotes } from './player_facts.js';
import { listenKeys } from './player_keys.js';
import { listenWaves } from './player_input.js';
import { drawMoving, drawWaves, laneBox, viewHeight } from './player_view.js';
import { createTimeWindow } from './time_window.js';
import { startWidget } from './widget.js';

const EMPTY = 'Open two traces to hear them.';
const MIN_VIEW_S = 0.02;

/** Show the audio payload of `props.value` = {"run": id}; `props.lane_height` is optional. */
export function mount(root, props, { watch } = {}) {
  const source = newSource('player');
  const lane = Number(props.lane_height) || 40;
  const view = createTimeWindow();
  let payload = null;
  let sides = [null, null]; // of the payload; null where there is no sound
  let samples = [null, null];
  let sound = null; // what is drawn
  let prepared = null; // what buildChannels made
  let match = null; // {gain, db, limited} or null when the loudness is unknown
  const wants = { match: false, align: true, gainDb: 0, render: false };
  let pointer = null;
  let ticking = 0;
  let spoken = '';

  const engine = createEngine(() => changed());
  const controls = createControls({
    toggle: engine.toggle,
    choose,
    match: (on) => prepareAgain({ match: on }),
    align: (on) => prepareAgain({ align: on }),
    loop: (on) => setLoopOn(on),
    gain(db) {
      wants.gainDb = db;
      applyDifferenceGain();
    },
    render() {
      controls.waitForRender();
      widget.reload({ render: true });
    },
  });
  const waves = el('canvas', { 'aria-hidden': 'true' });
  const moving = el('canvas', { class: 'insm-overlay', 'aria-hidden': 'true' });
  const stage = el(
    'div',
    {
      class: 'insm-stage insm-waves', tabindex: 0, role: 'slider',
      'aria-label': 'Place in the sound', 'aria-valuemin': 0,
    },
    [waves, moving],
  );
  const silence = el('p', { class: 'insm-message', hidden: true });
  const more = el('details', { class: 'insm-more', hidden: true });
  const widget = startWidget(root, props, watch, { kind: 'player', empty: EMPTY, load, draw });
  fill(widget.body, silence, controls.bar, stage, controls.facts, controls.notes, more, controls.keys);

  async function load({ run }, signal, { render = false } = {}) {
    engine.pause();
    const address = runUrl(run, render ? 'audio.json?render=1' : 'audio.json');
    const answer = await fetchJson(address, { signal });
    const given = [answer.reference, answer.candidate].map((side) => (side?.src ? side : null));
    const loaded = await Promise.all(
      given.map((side) => side && fetchFloat32(url(side.src), { signal, expected: side.samples })),
    );
    [payload, sides, samples] = [answer, given, loaded];
    wants.render = render;
    const nothing = sides.every((side) => side === null);
    silence.hidden = !nothing;
    setText(silence, nothing ? answer.reason || 'These traces hold no sound.' : '');
    root.classList.toggle('insm-silent', nothing);
    match = loudnessMatch(
      asNumber(sides[0]?.lufs), asNumber(sides[1]?.lufs), asNumber(sides[1]?.peak) ?? 0,
    );
    if (nothing) {
      sound = null;
      controls.describe([], [], !render && answer.renderable !== false);
      return null;
    }
    prepare(false);
    view.reset(engine.duration(), MIN_VIEW_S);
    if (samples[engine.active] === null) choose(samples[0] === null ? 1 : 0);
    return null;
  }

  // Build the three channels from the present switches and hand them to the engine.
  function prepare(keep) {
    const lag = wants.align ? Math.round(asNumber(payload.lag_samples) ?? 0) : 0;
    const gain = wants.match && match !== null ? match.gain : 1;
    prepared = buildChannels(samples[0], samples[1], { lag, gain });
    const has = [samples[0] !== null, samples[1] !== null, samples.every((side) => side !== null)];
    sound = {
      sampleRate: payload.sample_rate_hz,
      pyramids: prepared.channels.map((channel, i) => (has[i] ? buildPyramid(channel) : null)),
      spans: prepared.spans,
      captions: [captionOf(sides[0]), captionOf(sides[1]), ['B − A']],
      has,
      scales: [1, 1, 1],
    };
    engine.load(prepared.channels, payload.sample_rate_hz, { keep });
    applyDifferenceGain();
    const notes = listenerNotes(sides, prepared.silenced);
    const recorded = sides.every((side) => side !== null && side.kind !== 'griffin-lim');
    controls.describe(
      describeSound(payload, sides, prepared.heardDb), notes,
      !recorded && !wants.render && payload.renderable !== false,
    );
    const sentences = (payload.sentences ?? []).map(String);
    more.hidden = sentences.length === 0;
    fill(more, el('summary', { text: `What these numbers say (${sentences.length})` }),
      el('ul', {}, sentences.map((text) => el('li', { text }))));
  }

  function prepareAgain(change) {
    Object.assign(wants, change);
    if (sound === null) return;
    prepare(true);
    view.total = engine.duration();
    view.set(view.start, Math.min(view.end, view.total));
    widget.redraw();
  }

  function applyDifferenceGain() {
    const { gain } = differenceGain(wants.gainDb, prepared.peaks[2]);
    const full = Math.max(prepared.peaks[0], prepared.peaks[1], 1e-4);
    sound.scales = [full, full, full / gain]; // the eye sees the gain that the ear hears
    engine.setDifferenceGain(gain);
  }

  function choose(channel) {
    if (sound?.has[channel]) engine.switchTo(channel);
  }

  function setLoopOn(on) {
    const loop = engine.loop;
    if (sound === null) return;
    engine.setLoop(loop === null ? { start: 0, end: engine.duration(), on } : { ...loop, on });
  }

  // A click outside of the loop asks to hear that place, so the loop lets go.
  function goTo(seconds) {
    const loop = engine.loop;
    if (loop?.on && (seconds < loop.start || seconds >= loop.end)) {
      engine.setLoop({ ...loop, on: false });
    }
    engine.seek(seconds);
  }

  function state() {
    const heard = prepared === null ? { gain: 1, limited: false } : differenceGain(wants.gainDb, prepared.peaks[2]);
    return {
      playing: engine.playing,
      suspended: engine.suspended,
      position: engine.position(),
      duration: engine.duration(),
      active: engine.active,
      voice: engine.voice,
      loop: engine.loop,
      has: sound?.has ?? [false, false, false],
      match: match && { on: wants.match, ...match },
      align: { on: wants.align, lag: Math.round(asNumber(payload?.lag_samples) ?? 0) },
      gainDb: wants.gainDb,
      gainHeardDb: 20 * Math.log10(heard.gain),
      gainLimited: heard.limited,
      rendered: wants.render,
      view: { start: view.start, end: view.end },
    };
  }

  function changed() {
    if (widget.signal.aborted) return;
    controls.show(state());
    widget.redraw();
    showPlace();
    if (engine.playing && ticking === 0) ticking = requestAnimationFrame(tick);
  }

  function tick() {
    ticking = 0;
    if (widget.signal.aborted) return;
    follow();
    showPlace();
    if (engine.playing) ticking = requestAnimationFrame(tick);
  }

  // Turn the page when the playhead runs out of a zoomed view.
  let last = 0;
  function follow() {
    const now = engine.position();
    if (last <= view.end && now > view.end && now - last < 0.5) {
      zoom(() => view.set(view.end, view.end + view.span()));
    }
    last = now;
  }

  function showPlace() {
    const position = engine.position();
    controls.showTime(position, engine.duration());
    emit('time', { seconds: position, playing: engine.playing, source });
    const text = `${position.toFixed(1)} s of ${engine.duration().toFixed(1)} s`;
    if (text !== spoken) {
      spoken = text;
      stage.setAttribute('aria-valuetext', text);
      stage.setAttribute('aria-valuemax', engine.duration().toFixed(3));
      stage.setAttribute('aria-valuenow', position.toFixed(3));
    }
    paintMoving();
  }

  function paintMoving() {
    const width = stage.clientWidth;
    if (sound === null || width < 200) return;
    drawMoving(moving, widget.theme(), width, lane, view, {
      loop: waveInput.dragging() ?? engine.loop, position: engine.position(), pointer,
    });
  }

  function draw() {
    const width = stage.clientWidth;
    if (sound === null || width < 200) return;
    stage.style.height = `${viewHeight(lane)}px`;
    drawWaves(waves, widget.theme(), width, lane, view, sound, engine.active);
    const box = laneBox(width);
    root.dataset.geometry = JSON.stringify({ ...box, start: view.start, end: view.end });
    paintMoving();
  }

  function zoom(action) {
    const { start, end } = view;
    action();
    if (view.start === start && view.end === end) return false;
    emit('zoom', { start: view.start, end: view.end, fit: view.isFit(), source });
    widget.redraw();
    return true;
  }

  const waveInput = listenWaves(stage, () => laneBox(stage.clientWidth), view, {
    seek: goTo,
    mark: (start, end) => engine.setLoop({ start, end, on: true }),
    clear: () => engine.setLoop(null),
    zoom,
    point(seconds) {
      pointer = seconds;
      paintMoving();
    },
  }, widget.signal);

  // A click on a control must not keep the keyboard there: the next space means "play".
  controls.bar.addEventListener('mousedown', (event) => {
    event.preventDefault();
    stage.focus({ preventScroll: true });
  });
  listenKeys(
    {
      choose,
      toggle: engine.toggle,
      toggleSide: () => choose(engine.active === 0 ? 1 : 0),
      toggleLoop: () => setLoopOn(!engine.loop?.on),
      step: (seconds) => engine.seek(engine.position() + seconds),
    },
    () => sound !== null && !widget.body.hidden && root.getClientRects().length > 0,
    widget.signal,
  );
  on('seek', ({ seconds, source: sender }) => {
    if (sender !== source && sound !== null && Number.isFinite(seconds)) goTo(seconds);
  }, widget);
  on('time', ({ playing, source: sender }) => {
    if (playing && sender !== source && engine.playing) engine.pause(); // one sound at a time
  }, widget);
  on('zoom', ({ start, end, fit, source: sender }) => {
    if (sender === source || sound === null) return;
    if (fit) view.fit();
    else view.set(start, end);
    widget.redraw();
  }, widget);
  widget.signal.addEventListener('abort', () => {
    cancelAnimationFrame(ticking);
    engine.close();
  });
  root.inspectorPlayer = {
    state, gains: engine.gains, switchLog: engine.switchLog,
    get context() {
      return engine.context;
    },
  };
}
