// The sound graph: one buffer of three channels, one clock, three gains.
//
//   source [reference, candidate, difference] -> splitter -> 3 gains -> out -> destination
//
// All three signals always run.  Switching only moves gains, so it can neither restart a signal
// nor lose its place.  Nothing here touches the page: tests render it offline, sample by sample.

/** Length of a crossfade.  Long enough to hide the click of a cut, too short to hear. */
export const RAMP_S = 0.006;

const AHEAD_S = 0.012;

let voices = 0;

/** Return the earliest safe time for an event: one in the past jumps, and the sound thread is
 *  up to one device buffer ahead of the time that we can read. */
export function soon(context) {
  return context.currentTime + Math.max(AHEAD_S, 1.5 * (context.baseLatency || 0));
}

/** Return `seconds` moved to a whole sample: between samples the source would interpolate. */
export function onGrid(seconds, sampleRate) {
  return Math.round(seconds * sampleRate) / sampleRate;
}

/** Return an AudioBuffer of `channels`, equally long Float32Arrays. */
export function createBuffer(channels, sampleRate) {
  const length = Math.max(1, channels[0].length);
  const buffer = new AudioBuffer({ numberOfChannels: channels.length, length, sampleRate });
  channels.forEach((channel, i) => buffer.copyToChannel(channel, i));
  return buffer;
}

/**
 * Start `buffer` at time `at`, `offset` seconds into it, with one gain per channel.
 *
 * `loop`: {start, end} in seconds, or null.  The voice fades in over RAMP_S when `fadeIn`.
 */
export function startVoice(context, buffer, { at, offset = 0, loop = null, gains, fadeIn = false }) {
  const rate = buffer.sampleRate;
  const source = new AudioBufferSourceNode(context, { buffer });
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: buffer.numberOfChannels });
  const out = new GainNode(context, { gain: fadeIn ? 0 : 1 });
  const nodes = gains.map((gain, channel) => {
    const node = new GainNode(context, { gain });
    splitter.connect(node, channel);
    node.connect(out);
    return node;
  });
  source.connect(splitter);
  out.connect(context.destination);
  const startsAt = onGrid(Math.max(at, context.currentTime), context.sampleRate);
  if (fadeIn) ramp(out.gain, 0, 1, startsAt);
  if (loop !== null) {
    source.loop = true;
    source.loopStart = onGrid(loop.start, rate);
    source.loopEnd = onGrid(loop.end, rate);
  }
  const from = onGrid(offset, rate);
  source.start(startsAt, from);
  voices += 1;
  return {
    id: voices,
    source,
    out,
    gains: nodes,
    levels: [...gains], // where each gain is heading
    rampEnd: 0,
    startsAt,
    offset: from,
    loop: loop === null ? null : { start: source.loopStart, end: source.loopEnd },
    duration: buffer.duration,
  };
}

/** Return the place in the sound that `voice` plays at context time `time`, seconds. */
export function positionAt(voice, time) {
  const position = voice.offset + Math.max(0, time - voice.startsAt);
  if (voice.loop === null) return Math.min(position, voice.duration);
  const { start, end } = voice.loop;
  return position < end ? position : start + ((position - start) % (end - start));
}

/**
 * Crossfade the gains of `voice` to `levels`, not before `at`; return when the fade begins.
 *
 * A fade that still runs is let out, never cancelled: cancelling jumps.
 */
export function fadeTo(voice, levels, at) {
  const begin = Math.max(at, voice.rampEnd);
  voice.gains.forEach((node, i) => {
    if (voice.levels[i] !== levels[i]) ramp(node.gain, voice.levels[i], levels[i], begin);
  });
  voice.levels = [...levels];
  voice.rampEnd = begin + RAMP_S;
  return begin;
}

/** Fade `voice` out at `at` and free it. */
export function stopVoice(voice, at) {
  const begin = Math.max(at, voice.startsAt + RAMP_S); // let it fade in first
  ramp(voice.out.gain, 1, 0, begin);
  voice.source.onended = () => {
    voice.source.disconnect();
    voice.out.disconnect();
  };
  voice.source.stop(begin + RAMP_S + 0.01);
}

function ramp(param, from, to, at) {
  param.setValueAtTime(from, at);
  param.linearRampToValueAtTime(to, at + RAMP_S);
}
