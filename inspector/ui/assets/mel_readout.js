// The line that names the values under the cursor, digit for digit.

import { float32Text } from './canvas.js';
import { el, setText } from './dom.js';

const FIELDS = ['frame', 'ms', 'bin', 'Hz', 'reference', 'candidate', 'difference'];
const HINT =
  'Point to read values · wheel zooms · drag pans · double-click fits · click moves the sound';

/** Return {node, show(cross, data, spoken) -> JSON text, clear()}. */
export function createReadout() {
  const values = {};
  const cells = FIELDS.map((field) => {
    values[field] = el('span', { class: 'insm-number' });
    return el('span', { class: `insm-cell insm-cell-${field}` }, [
      el('span', { class: 'insm-cell-name', text: field }),
      values[field],
    ]);
  });
  // Two groups, so that a narrow page breaks the line between place and values.
  const line = el('div', { class: 'insm-cells', hidden: true }, [
    el('span', { class: 'insm-cells' }, cells.slice(0, 4)),
    el('span', { class: 'insm-cells' }, cells.slice(4)),
  ]);
  const hint = el('div', { class: 'insm-hint', text: HINT });
  const spoken = el('div', { class: 'insm-spoken', 'aria-live': 'polite' });
  const node = el('div', { class: 'insm-readout' }, [line, hint, spoken]);

  return {
    node,
    clear() {
      line.hidden = true;
      hint.hidden = false;
    },
    show({ frame, bin }, data, aloud) {
      const [reference, candidate, difference] = data.planes.map((plane) =>
        frame < plane.columns ? plane.values[bin * plane.columns + frame] : null,
      );
      const hz = data.binHz[bin];
      const ms = (frame / data.perSecond) * 1000;
      const texts = {
        frame: String(frame),
        ms: ms.toFixed(1),
        bin: String(bin),
        Hz: hz.toFixed(0),
        reference: float32Text(reference),
        candidate: float32Text(candidate),
        difference: float32Text(difference),
      };
      for (const field of FIELDS) setText(values[field], texts[field]);
      line.hidden = false;
      hint.hidden = true;
      if (aloud) setText(spoken, FIELDS.map((field) => `${field} ${texts[field]}`).join(', '));
      return JSON.stringify(
        { frame, ms, bin, hz, reference, candidate, difference },
        (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
      );
    },
  };
}
