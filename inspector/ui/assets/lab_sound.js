// Listening to a run of the lab: reference, candidate and this run on one clock.

import { fetchFloat32, fetchJson, runUrl, url } from './api.js';
import { emit, newSource, on } from './bus.js';
import { el, fill, setText } from './dom.js';
import { createEngine } from './player_engine.js';

const SIDES = ['reference', 'candidate', 'run'];
const LABELS = { reference: 'reference', candidate: 'candidate', run: 'this run' };

/** Return {node, show, hide}; sounds are fetched on the first press of play. */
export function createLabSound(signal) {
  const source = newSource('lab-sound');
  let wanted = null; // {run, audio}
  let ready = false;
  let ticking = 0;
  const engine = createEngine(() => changed());
  const play = el('button', { type: 'button', class: 'insm-button insm-play', text: '▶\uFE0E play', on: { click: () => toggle() } });
  const sides = SIDES.map((side, i) => el('button', {
    type: 'button', class: 'insm-button', data: { side }, text: LABELS[side], 'aria-pressed': 'false', disabled: true,
    on: { click: () => engine.switchTo(i) },
  }));
  const clock = el('span', { class: 'insm-clock insm-number' });
  const notice = el('span', { class: 'ins-muted', role: 'status' });
  const node = el('div', { class: 'insm-bar lab-sound', hidden: true }, [
    el('strong', { text: 'Sound' }), play,
    el('span', { class: 'insm-group', role: 'group', 'aria-label': 'what is heard' }, sides), clock, notice,
  ]);

  async function toggle() {
    if (ready) {
      engine.toggle();
      return;
    }
    play.disabled = true;
    setText(notice, 'Preparing the sound …');
    const mine = wanted;
    try {
      await prepare(mine);
      if (wanted !== mine) return;
      ready = true;
      engine.switchTo(2);
      engine.play();
    } catch (error) {
      if (wanted === mine) setText(notice, error.message);
    } finally {
      play.disabled = false;
    }
  }

  // The recorded sides come from a mel as well: else one would compare two renderers.
  async function prepare({ run, audio }) {
    const own = await fetchFloat32(url(audio.src), { signal, expected: audio.samples });
    const others = await fetchJson(runUrl(run, 'audio.json?render=1'), { signal }).catch(() => null);
    const same = others?.sample_rate_hz === audio.sample_rate_hz;
    const given = same ? [others.reference, others.candidate] : [null, null];
    const sounds = [...await Promise.all(given.map((side) =>
      side?.src ? fetchFloat32(url(side.src), { signal, expected: side.samples }) : null)), own];
    const length = Math.max(...sounds.map((sound) => sound?.length ?? 0));
    const channels = sounds.map((sound) => {
      const channel = new Float32Array(length);
      sound?.forEach((value, i) => { channel[i] = Number.isFinite(value) ? value : 0; });
      return channel;
    });
    engine.load(channels, audio.sample_rate_hz);
    sides.forEach((button, i) => { button.disabled = sounds[i] === null; });
    setText(notice, same ? '' : 'Only this run can be heard: the traces hold no mel or sound at its rate.');
  }

  function changed() {
    setText(play, engine.playing && !engine.suspended ? '❚❚ pause' : '▶\uFE0E play');
    sides.forEach((button, i) => button.setAttribute('aria-pressed', String(ready && engine.active === i)));
    tick();
  }

  function tick() {
    cancelAnimationFrame(ticking);
    if (signal.aborted || !ready) return;
    setText(clock, `${engine.position().toFixed(1)} / ${engine.duration().toFixed(1)} s`);
    if (!engine.playing) return;
    emit('time', { seconds: engine.position(), playing: true, source });
    ticking = requestAnimationFrame(tick);
  }

  on('time', ({ playing, source: sender }) => {
    if (playing && sender !== source && engine.playing) engine.pause(); // one sound at a time
  }, { signal });
  signal.addEventListener('abort', () => {
    cancelAnimationFrame(ticking);
    engine.close();
  });

  return {
    node,
    show(run, audio) {
      if (wanted?.audio === audio) return;
      engine.pause();
      [wanted, ready] = [{ run, audio }, false];
      changed();
      node.hidden = !audio?.src;
      sides.forEach((button) => { button.disabled = true; });
      setText(clock, '');
      fill(notice);
    },
  };
}
