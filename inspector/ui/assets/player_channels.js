// The three channels that are heard: reference, prepared candidate, candidate - reference.

export const QUIETEST_DB = -200;

/**
 * Return {channels, length, spans, peaks, silenced, heardDb}.
 *
 * `reference`, `candidate`: Float32Array or null.  `lag`: whole samples that the candidate comes
 * late; `gain`: factor on the candidate.  A candidate that comes late loses its first samples, one
 * that comes early begins after silence.  `spans`: [from, to) where each channel has samples.
 * `silenced`: samples that are not finite, played as zero, per side.  `heardDb`: power of the
 * difference against the reference where both have samples, as prepared here.
 */
export function buildChannels(reference, candidate, { lag = 0, gain = 1 } = {}) {
  const first = reference ?? new Float32Array(0);
  const second = candidate ?? new Float32Array(0);
  const length = Math.max(first.length, second.length - lag, 1);
  const channels = [0, 1, 2].map(() => new Float32Array(length));
  const from = Math.min(length, Math.max(0, -lag));
  const to = Math.max(from, Math.min(length, second.length - lag));
  const silenced = [0, 0];
  for (let i = 0; i < first.length; i += 1) {
    if (Number.isFinite(first[i])) channels[0][i] = first[i];
    else silenced[0] += 1;
  }
  for (let i = from; i < to; i += 1) {
    const value = second[i + lag];
    if (Number.isFinite(value)) channels[1][i] = value * gain;
    else silenced[1] += 1;
  }
  let power = 0;
  let left = 0;
  const overlap = [Math.min(from, first.length), Math.min(to, first.length)];
  if (reference !== null && candidate !== null) {
    for (let i = 0; i < length; i += 1) {
      channels[2][i] = channels[1][i] - channels[0][i];
      if (i >= overlap[0] && i < overlap[1]) {
        left += channels[2][i] ** 2;
        power += channels[0][i] ** 2;
      }
    }
  }
  const heardDb = power > 0 ? Math.max(QUIETEST_DB, 10 * Math.log10(left / power)) : null;
  return {
    channels,
    length,
    spans: [[0, first.length], [from, to], candidate && reference ? [0, length] : [0, 0]],
    peaks: channels.map(peakOf),
    silenced,
    heardDb,
  };
}

function peakOf(channel) {
  let peak = 0;
  for (const value of channel) {
    const size = value < 0 ? -value : value;
    if (size > peak) peak = size;
  }
  return peak;
}

/**
 * Return {gain, db, limited}: what makes the candidate as loud as the reference.
 *
 * From the two integrated loudnesses (ITU-R BS.1770, LUFS).  Never past full scale: a match that
 * clips would add the very distortion one listens for.
 */
export function loudnessMatch(referenceLufs, candidateLufs, candidatePeak) {
  if (!Number.isFinite(referenceLufs) || !Number.isFinite(candidateLufs)) return null;
  const wanted = referenceLufs - candidateLufs;
  const room = candidatePeak > 0 ? -20 * Math.log10(candidatePeak) : Infinity;
  const db = wanted > 0 ? Math.min(wanted, Math.max(0, room)) : wanted;
  return { gain: 10 ** (db / 20), db, limited: db < wanted };
}

/** Return the factor for a difference made `db` louder, held below full scale for the ears' sake. */
export function differenceGain(db, peak) {
  const wanted = 10 ** (db / 20);
  if (!(peak > 0)) return { gain: wanted, limited: false };
  const gain = Math.max(1, Math.min(wanted, 1 / peak));
  return { gain, limited: gain < wanted };
}

const BLOCK = 64;

/** Return the extremes of each block of 64 samples, so that a long sound is drawn quickly. */
export function buildPyramid(channel) {
  const blocks = Math.ceil(channel.length / BLOCK);
  const low = new Float32Array(blocks);
  const high = new Float32Array(blocks);
  for (let b = 0; b < blocks; b += 1) {
    [low[b], high[b]] = scan(channel, b * BLOCK, Math.min(channel.length, (b + 1) * BLOCK));
  }
  return { channel, low, high };
}

/** Return [smallest, largest] of the samples `from`..`to` (whole, `to` excluded). */
export function extremes({ channel, low, high }, from, to) {
  const first = Math.ceil(from / BLOCK);
  const last = Math.floor(to / BLOCK);
  if (last <= first) return scan(channel, from, to);
  let [smallest, largest] = scan(channel, from, first * BLOCK);
  for (let b = first; b < last; b += 1) {
    if (low[b] < smallest) smallest = low[b];
    if (high[b] > largest) largest = high[b];
  }
  const rest = scan(channel, last * BLOCK, to);
  return [Math.min(smallest, rest[0]), Math.max(largest, rest[1])];
}

function scan(channel, from, to) {
  let smallest = Infinity;
  let largest = -Infinity;
  for (let i = from; i < to; i += 1) {
    if (channel[i] < smallest) smallest = channel[i];
    if (channel[i] > largest) largest = channel[i];
  }
  return [smallest, largest];
}
