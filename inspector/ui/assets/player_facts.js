// The measured numbers of a pair of sounds, as short texts.

import { asNumber } from './api.js';
import { QUIETEST_DB } from './player_channels.js';
import { signed } from './player_controls.js';

const CLIPPED_NOTE_PERCENT = 0.1;
export const RENDERED = 'rendered from the mel by Griffin-Lim';

/** Return [[name, value, help, status]] for the line under the waveforms. */
export function describeSound(payload, sides, heardDb) {
  const rate = payload.sample_rate_hz;
  const lag = asNumber(payload.lag_samples);
  const both = (field, text) => {
    const values = sides.map((side) => (side === null ? null : asNumber(side[field])));
    if (values.every((value) => value === null)) return null;
    return values.map((value) => (value === null ? '–' : text(value))).join(' | ');
  };
  const clipped = sides.map((side) => asNumber(side?.clipped_percent) ?? 0);
  const rows = [
    ['length', both('samples', (n) => (n / rate).toFixed(3)), 's', 'Reference | candidate'],
    [
      'lag',
      lag === null ? null : `${signed(lag, Number.isInteger(lag) ? 0 : 1)} samples (${signed((1000 * lag) / rate, 2)} ms)`,
      '', 'By cross-correlation; positive: the candidate comes later',
    ],
    ['level', db(payload.gain_db), 'dB', 'Level of the candidate against the reference'],
    [
      'loudness', both('lufs', (value) => minus(value.toFixed(1))), 'LUFS',
      'Integrated loudness by ITU-R BS.1770, reference | candidate',
    ],
    [
      'null', db(payload.null_db), 'dB',
      'Power of the difference against the reference once lag and level are taken out; ' +
        'lower is closer, 0 dB or more means nothing in common',
    ],
    [
      'difference as heard',
      heardDb === null ? null : heardDb <= QUIETEST_DB ? 'silent' : signed(heardDb, 1),
      heardDb === null || heardDb <= QUIETEST_DB ? '' : 'dB',
      'Power of D against the reference with the present align and loudness settings',
    ],
    ['peak', both('peak', (value) => value.toFixed(2)), '', 'Largest sample, reference | candidate'],
    [
      'clipped', both('clipped_percent', (value) => value.toPrecision(2).replace(/\.?0+$/, '') || '0'), '%',
      'Samples at full scale, reference | candidate',
      Math.max(...clipped) > CLIPPED_NOTE_PERCENT ? 'fail' : undefined,
    ],
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([name, value, unit, help, status]) => [name, unit ? `${value} ${unit}` : value, help, status]);
}

/** Return sentences that a listener must know before trusting the ears. */
export function listenerNotes(sides, silenced) {
  const notes = [];
  const names = ['reference', 'candidate'];
  const rendered = names.filter((_, i) => sides[i]?.kind === 'griffin-lim');
  if (rendered.length > 0) {
    notes.push(
      `The ${rendered.join(' and the ')} ${rendered.length > 1 ? 'are' : 'is'} ${RENDERED}: ` +
        'its phase is invented, so judge timing and level, not timbre.',
    );
  }
  silenced.forEach((count, i) => {
    if (count > 0) {
      notes.push(`${count} samples of the ${names[i]} are NaN or infinite; they are played as silence.`);
    }
  });
  return notes;
}

/** Return the small lines beside one waveform. */
export function captionOf(side) {
  if (side === null) return ['no sound'];
  const kind = side.kind === 'griffin-lim' ? 'Griffin-Lim of the mel' : 'recorded';
  return [kind, String(side.label ?? '')];
}

function db(value) {
  const number = asNumber(value);
  return number === null ? null : signed(number, 1);
}

function minus(text) {
  return text.replace('-', '−');
}
