// What a run of the lab gave: pictures of the block's output, effect on mel and sound.

import { asNumber, fetchFloat32, fetchJson, runUrl, url } from './api.js';
import { el, fill, setText } from './dom.js';
import { errorNumber, numberText } from './format.js';
import { createHeatmaps } from './heatmaps.js';
import { createLabSound } from './lab_sound.js';
import { difference } from './mel_raster.js';

const SIDES = { reference: 'reference', candidate: 'candidate', run: 'this run', difference: 'difference' };

/** Return {node, show, stale, draw}. */
export function createLabResult(luts, signal) {
  let shown = null; // the result that is drawn
  const output = createHeatmaps(SIDES);
  const mel = createHeatmaps(SIDES);
  const sound = createLabSound(signal);
  const outputTitle = el('h4', { text: 'Output of the block' });
  const problem = el('p', { class: 'ins-error', role: 'alert', hidden: true });
  const bars = el('div', { class: 'lab-bars' });
  const effect = el('section', { class: 'lab-part', hidden: true }, [
    el('h4', { text: 'Effect on the final mel' }), bars, mel.node, sound.node,
  ]);
  const pictures = el('section', { class: 'lab-part', hidden: true }, [outputTitle, output.node]);
  const note = el('p', { class: 'lab-stale-note', hidden: true, text: 'These pictures belong to earlier choices. Run again to renew them.' });
  const node = el('div', { class: 'lab-result' }, [note, problem, pictures, effect]);

  async function show(run, result, redraw) {
    if (result === shown) return;
    shown = result;
    problem.hidden = true;
    pictures.hidden = !result?.planes;
    effect.hidden = !result?.mel && !result?.audio;
    if (result === null) return;
    try {
      await Promise.all([showOutput(result), showMel(run, result)]);
      if (shown === result) redraw();
    } catch (error) {
      if (shown !== result || signal.aborted) return;
      setText(problem, error.message);
      problem.hidden = false;
      [pictures.hidden, effect.hidden] = [true, true];
    }
  }

  async function showOutput(result) {
    const { planes } = result;
    if (!planes) return;
    const size = planes.rows * planes.columns;
    const sides = Object.keys(SIDES).filter((side) => planes[`${side}_src`]);
    const values = await Promise.all(sides.map((side) =>
      fetchFloat32(url(planes[`${side}_src`]), { signal, expected: size })));
    if (shown !== result) return;
    setText(outputTitle, planes.node ? `Output: ${planes.node}` : `Output of ${result.plan?.what ?? result.plan?.block ?? 'the block'}`);
    output.show({ ...planes, ...limits(planes) }, byName(sides, values), await luts(), against(planes.difference_from ?? 'reference'));
  }

  async function showMel(run, result) {
    if (result.audio) sound.show(run, result.audio);
    else sound.show(run, null);
    mel.node.hidden = !result.mel;
    fill(bars, result.mel ? melBars(result.mel, isChanged(result.plan)) : null);
    if (!result.mel) return;
    const { frames, n_mels: rows } = result.mel;
    const [own, given] = await Promise.all([
      fetchFloat32(url(result.mel.src), { signal, expected: rows * frames }),
      fetchJson(runUrl(run, 'mel.json'), { signal }),
    ]);
    const fits = (side) => given.available && given.n_mels === rows && given[side]?.frames === frames;
    const sides = ['reference', 'candidate'].filter(fits);
    const values = byName(sides, await Promise.all(sides.map((side) =>
      fetchFloat32(url(given[side].src), { signal, expected: rows * frames }))));
    if (shown !== result) return;
    values.run = own;
    const plane = (array) => ({ values: array, rows, columns: frames });
    const other = values.candidate ? 'candidate' : 'reference';
    if (values[other]) values.difference = difference(plane(values[other]), plane(own)).values;
    const scale = given.available ? limits(given) : range(own);
    // The difference keeps the limits of candidate − reference: what is explained turns pale.
    mel.show({ rows, columns: frames, row_label: 'mel bin', column_label: 'frame', ...scale }, values, await luts(), against(other));
  }

  return {
    node,
    show,
    /** Say whether the choices have changed since the result was made. */
    stale(is) {
      node.classList.toggle('lab-stale', is && shown !== null);
      note.hidden = !(is && shown !== null);
    },
    draw(theme) {
      if (!pictures.hidden) output.draw(theme);
      if (!effect.hidden && !mel.node.hidden) mel.draw(theme);
    },
  };
}

function against(side) {
  return { difference: `this run − ${side}` };
}

/** Two bars of one scale: distance from the candidate's mel without and with the swaps. */
// Something else than the architecture on the inputs of the block ran.
function isChanged({ swaps = [], nodes = {} } = {}) {
  return swaps.length > 0 || Object.values(nodes).some(({ implementation, inputs }) => implementation || inputs);
}

function melBars({ relative_l2_before: before, relative_l2_after: after, healed_percent: explained }, swapped) {
  const [b, a] = [asNumber(before), asNumber(after)];
  const most = Math.max(b ?? 0, a ?? 0) || 1;
  const bar = (side, text, value) => el('div', { class: 'lab-bar', data: { side } }, [
    el('span', { class: `ins-side ins-${side}` }, [el('span', { class: 'ins-dot', 'aria-hidden': 'true' }), text]),
    el('span', { class: 'lab-track' }, [el('i', { style: { width: `${Math.min(100, (100 * (value ?? 0)) / most)}%` } })]),
    el('span', { class: 'ins-number', text: errorNumber(value) }),
  ]);
  const percent = asNumber(explained);
  return [
    el('p', { class: 'insm-hint', text: 'All steps from the recorded noise. Distance from the candidate’s final mel, relative L2:' }),
    bar('reference', 'without the swaps', b),
    bar('run', 'this run', a),
    el('p', { text: swapped ? explains(percent) : 'Nothing is swapped: this run is the reference’s decoder as it is.' }),
  ];
}

function explains(percent) {
  if (percent === null) return 'The candidate’s final mel was not recorded: there is nothing to measure against.';
  if (percent >= 1) return `The swaps explain ${numberText(percent, 3)} % of what is wrong with the candidate’s final mel.`;
  if (percent <= -1) return `With the swaps the final mel is ${numberText(-percent, 3)} % farther from the candidate’s.`;
  return 'The swaps do not explain what is wrong with the candidate’s final mel.';
}

function limits(planes) {
  return Object.fromEntries(['vmin', 'vmax', 'dmax'].map((name) => [name, asNumber(planes[name]) ?? 0]));
}

function range(values) {
  let [vmin, vmax] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < vmin) vmin = value;
    if (value > vmax) vmax = value;
  }
  return { vmin, vmax, dmax: 1 };
}

function byName(names, values) {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}
