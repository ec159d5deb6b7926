// Playing, switching, seeking and looping, without any page.

import {
  createBuffer, fadeTo, positionAt, RAMP_S, soon, startVoice, stopVoice,
} from './player_graph.js';

/** Shortest loop: below this a loop is a tone, not a passage. */
export const MIN_LOOP_S = 0.03;

const LOG_LENGTH = 200;

/** Return a player of three channels.  `changed()` is called after every change of its state. */
export function createEngine(changed) {
  let context = null;
  let voice = null;
  let buffer = null;
  let rest = 0; // place in the sound while nothing plays
  let active = 0;
  let loudness = 1; // gain of the difference channel
  let loop = null; // {start, end, on}
  const switchLog = [];

  const levels = () => [0, 1, 2].map((i) => (i !== active ? 0 : i === 2 ? loudness : 1));
  const duration = () => buffer?.duration ?? 0;
  const position = () => (voice === null ? rest : positionAt(voice, context.currentTime));
  const activeLoop = () => (loop?.on ? { start: loop.start, end: loop.end } : null);

  // Let a new voice take over at `offset` (default: where the present one will be).
  function restart(offset) {
    const at = soon(context);
    const old = voice;
    voice = null;
    if (old !== null) stopVoice(old, at);
    const from = inLoop(offset ?? (old === null ? rest : positionAt(old, at)));
    const mine = startVoice(context, buffer, {
      at, offset: from, loop: activeLoop(), gains: levels(), fadeIn: true,
    });
    mine.source.onended = () => {
      if (voice !== mine) return;
      voice = null;
      rest = duration();
      changed();
    };
    voice = mine;
  }

  function inLoop(place) {
    const bounded = Math.min(Math.max(0, place), duration());
    if (!loop?.on) return bounded;
    return bounded >= loop.start && bounded < loop.end ? bounded : loop.start;
  }

  function halt() {
    if (voice === null) return;
    rest = position();
    stopVoice(voice, soon(context));
    voice = null;
  }

  const engine = {
    switchLog,
    get context() {
      return context;
    },
    get playing() {
      return voice !== null;
    },
    /** True while the browser holds the sound back because nobody has clicked yet. */
    get suspended() {
      return voice !== null && context.state !== 'running';
    },
    get active() {
      return active;
    },
    get loop() {
      return loop && { ...loop };
    },
    get voice() {
      return voice?.id ?? null;
    },
    duration,
    position,
    gains: () => (voice === null ? levels() : voice.gains.map((node) => node.gain.value)),

    /** Take new channels; `keep` stays at the same place and goes on playing. */
    load(channels, sampleRate, { keep = false } = {}) {
      const wasPlaying = voice !== null && keep;
      if (!keep) halt();
      if (context !== null && !keep) {
        context.close();
        context = null; // the next sound may have another rate
      }
      buffer = createBuffer(channels, sampleRate);
      if (!keep) {
        rest = 0;
        loop = null;
      }
      if (loop !== null) {
        loop.end = Math.min(loop.end, duration());
        if (loop.end - loop.start < MIN_LOOP_S) loop = null;
      }
      rest = Math.min(rest, duration());
      if (wasPlaying) restart();
      changed();
    },

    play() {
      if (buffer === null) return;
      context ??= openContext(buffer.sampleRate, changed);
      // Never awaited: without a click on the page the promise does not settle.
      if (context.state !== 'running') context.resume().catch(() => {});
      if (voice === null) restart(rest >= duration() - MIN_LOOP_S ? 0 : rest);
      changed();
    },

    pause() {
      halt();
      changed();
    },

    toggle() {
      if (voice !== null && !engine.suspended) engine.pause();
      else engine.play();
    },

    seek(seconds) {
      const place = inLoop(seconds);
      if (voice !== null) restart(place);
      rest = place;
      changed();
    },

    /** Make `channel` the one that is heard: a crossfade, nothing restarts. */
    switchTo(channel) {
      if (channel === active) return;
      const entry = { from: active, to: channel, voice: engine.voice };
      active = channel;
      if (voice !== null) {
        entry.contextTime = context.currentTime;
        entry.positionBefore = positionAt(voice, entry.contextTime);
        entry.fadeStart = fadeTo(voice, levels(), soon(context));
        entry.fadeEnd = entry.fadeStart + RAMP_S;
        entry.contextTimeAfter = context.currentTime;
        entry.positionAfter = positionAt(voice, entry.contextTimeAfter);
        entry.voiceAfter = voice.id;
      }
      switchLog.push(entry);
      if (switchLog.length > LOG_LENGTH) switchLog.shift();
      changed();
    },

    setDifferenceGain(gain) {
      loudness = gain;
      if (voice !== null) fadeTo(voice, levels(), soon(context));
      changed();
    },

    /** Set the loop to {start, end, on} in seconds, or to null. */
    setLoop(next) {
      const before = activeLoop();
      loop = next === null ? null : widen(next, duration());
      const after = activeLoop();
      const same = before?.start === after?.start && before?.end === after?.end;
      // By a new voice: the running one's place could no longer be told from its start.
      if (voice !== null && !same) restart();
      else if (voice === null) rest = inLoop(rest);
      changed();
    },

    close() {
      voice = null;
      context?.close();
      context = null;
    },
  };
  return engine;
}

function widen({ start, end, on }, duration) {
  const low = Math.max(0, Math.min(start, end));
  const high = Math.min(duration, Math.max(start, end, low + MIN_LOOP_S));
  return { start: Math.max(0, Math.min(low, high - MIN_LOOP_S)), end: high, on };
}

function openContext(sampleRate, changed) {
  let context;
  try {
    context = new AudioContext({ sampleRate }); // at another rate the samples would be resampled
  } catch {
    context = new AudioContext();
  }
  context.addEventListener('statechange', changed);
  return context;
}
