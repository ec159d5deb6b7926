// Both mels and their difference, one colour scale, one time axis.
//
// What is drawn is what the model saw: the traced float32 values, never a mel recomputed from
// sound.

import { asNumber, fetchFloat32, fetchJson, runUrl, url } from './api.js';
import { emit, newSource, on } from './bus.js';
import { float32Text, hatch, prepare } from './canvas.js';
import { divergingName, loadLuts, pixelOf } from './colours.js';
import { el, fill, setText } from './dom.js';
import { drawColourBar, drawHzAxis, drawOverlay, drawTimeAxis, GUTTER } from './mel_axes.js';
import { listen } from './mel_input.js';
import { countNonfinite, difference, rasterise } from './mel_raster.js';
import { createReadout } from './mel_readout.js';
import { createTimeWindow } from './time_window.js';
import { startWidget } from './widget.js';

const EMPTY = 'Open two traces to see their mels and the difference.';
const SIDES = ['reference', 'candidate', 'difference'];
const MIN_FRAMES = 8;
const PAD = 2; // above a plane, so that its top row is not under the title's descenders
const DECADES = 3; // reach of the slider for the limit of the difference

/** Show the mel payload of `props.value` = {"run": id}; `props.panel_height` is optional. */
export function mount(root, props, { watch } = {}) {
  const source = newSource('mel');
  const planeHeight = Number(props.panel_height) || 80;
  const view = createTimeWindow();
  const panels = SIDES.map((side) => createPanel(side));
  const overlay = el('canvas', { class: 'insm-overlay', 'aria-hidden': 'true' });
  const stage = el(
    'div',
    {
      class: 'insm-stage',
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'mel viewer',
      'aria-label':
        'Mels of reference, candidate and their difference. Arrows pan, plus and minus zoom, ' +
        '0 fits, shift with arrows moves the cursor.',
    },
    [...panels.map((panel) => panel.node), overlay],
  );
  const limit = el('input', {
    type: 'range', min: 0, max: 100, step: 1, value: 100, class: 'insm-slider',
    'aria-label': 'limit of the difference colours',
  });
  const limitText = el('output', { class: 'insm-number' });
  const button = (text, title, action) =>
    el('button', { type: 'button', class: 'insm-button', text, title, on: { click: action } });
  const readout = createReadout();
  const nanKey = el('span', { class: 'insm-key', hidden: true }, [
    el('i', { class: 'insm-swatch', style: { background: 'var(--ins-nan)' } }),
    'NaN or infinite',
  ]);

  let data = null;
  let cross = null; // {frame, bin}, whole numbers, so that zooming keeps the value in sight
  let playhead = null; // seconds of the mel
  let drawn = { width: 0, height: 0, tops: [] };

  const widget = startWidget(root, props, watch, { kind: 'mel', empty: EMPTY, load, draw });
  fill(
    widget.body,
    el('div', { class: 'insm-bar' }, [
      el('strong', { class: 'insm-title', text: 'Mel' }),
      nanKey,
      el('span', { class: 'insm-spring' }),
      el('label', { class: 'insm-field', title: 'Colours of the difference reach full strength here' }, [
        'difference up to ±', limit, limitText,
      ]),
      button('−', 'zoom out (-)', () => change(() => view.zoom(1.5, middle()))),
      button('+', 'zoom in (+)', () => change(() => view.zoom(1 / 1.5, middle()))),
      button('fit', 'show everything (0 or double-click)', () => change(view.fit)),
    ]),
    stage,
    readout.node,
  );

  async function load({ run }, signal) {
    const [payload, luts] = await Promise.all([
      fetchJson(runUrl(run, 'mel.json'), { signal }),
      loadLuts({ signal }),
    ]);
    if (!payload.available) return payload.reason || 'These traces hold no mel on both sides.';
    const rows = payload.n_mels;
    const [reference, candidate] = await Promise.all(
      [payload.reference, payload.candidate].map(async ({ src, frames, name }) => ({
        values: await fetchFloat32(url(src), { signal, expected: rows * frames }),
        rows, columns: frames, name: String(name ?? ''),
      })),
    );
    const planes = [reference, candidate, difference(reference, candidate)];
    data = {
      luts, planes, rows,
      frames: Math.max(reference.columns, candidate.columns),
      perSecond: payload.sample_rate_hz / payload.hop_length,
      binHz: payload.bin_hz,
      offset: asNumber(payload.audio_start_s) ?? 0, // mel time at which the sound begins
      low: asNumber(payload.vmin) ?? 0,
      high: asNumber(payload.vmax) ?? 1,
      dmax: asNumber(payload.dmax) || 0,
    };
    nanKey.hidden = !planes.some((plane) => countNonfinite(plane) > 0);
    panels.forEach((panel, i) => panel.describe(planes[i], data));
    limit.disabled = !(data.dmax > 0);
    view.reset(data.frames / data.perSecond, MIN_FRAMES / data.perSecond);
    cross = null;
    readout.clear();
    return null;
  }

  function draw() {
    const theme = widget.theme();
    const width = stage.clientWidth;
    const plane = width - GUTTER.left - GUTTER.right;
    if (plane < 20) return;
    const reach = diffLimit();
    setText(limitText, data.dmax > 0 ? reach.toPrecision(3).replace('-', '−') : '0 (identical)');
    const diverging = data.luts[divergingName(theme.dark)];
    const scales = [
      [data.luts.magma, data.low, data.high, 'mean'],
      [data.luts.magma, data.low, data.high, 'mean'],
      [diverging, -reach, reach, 'extreme'],
    ];
    panels.forEach(({ canvas }, i) => {
      const axis = i === 2 ? GUTTER.axis : 0;
      const { ctx, ratio } = prepare(canvas, width, PAD + planeHeight + axis);
      const [lut, low, high, pool] = scales[i];
      const left = Math.round(GUTTER.left * ratio);
      const columns = Math.round(plane * ratio);
      const [start, end] = [view.start * data.perSecond, view.end * data.perSecond];
      const paint = (value) => pixelOf(lut, value, low, high);
      const rows = Math.round(planeHeight * ratio);
      const image = rasterise(data.planes[i], start, end, columns, rows, paint, pool);
      ctx.putImageData(image, left, Math.round(PAD * ratio)); // device pixels: ignores the scale
      const over = GUTTER.left + ((data.planes[i].columns - start) / (end - start)) * plane;
      const right = GUTTER.left + plane;
      const from = Math.max(GUTTER.left, over);
      hatch(ctx, from, PAD, right - from, planeHeight, theme['line-strong']);
      drawHzAxis(ctx, theme, data.binHz, PAD, planeHeight);
      drawColourBar(ctx, theme, lut, low, high, width, PAD, planeHeight, ratio);
      if (axis) drawTimeAxis(ctx, theme, view, data.perSecond, width, PAD + planeHeight);
    });
    const box = stage.getBoundingClientRect();
    const tops = panels.map(({ canvas }) => canvas.getBoundingClientRect().top - box.top + PAD);
    drawn = { width, height: stage.clientHeight, tops, plane: planeHeight };
    root.dataset.geometry = JSON.stringify({
      left: GUTTER.left, width: plane, tops, height: planeHeight, start: view.start, end: view.end,
    });
    drawMoving();
  }

  function drawMoving() {
    if (data === null || drawn.width === 0) return;
    const { width, height, tops, plane } = drawn;
    const toX = (seconds) =>
      GUTTER.left + ((seconds - view.start) / view.span()) * (width - GUTTER.left - GUTTER.right);
    drawOverlay(overlay, widget.theme(), width, height, {
      tops, plane,
      playhead: playhead === null ? null : toX(playhead),
      cross: cross && {
        x: toX((cross.frame + 0.5) / data.perSecond),
        share: 1 - (cross.bin + 0.5) / data.rows,
      },
    });
  }

  function diffLimit() {
    if (!(data.dmax > 0)) return 1;
    return data.dmax * 10 ** ((Number(limit.value) / 100 - 1) * DECADES);
  }

  function middle() {
    return cross === null ? (view.start + view.end) / 2 : (cross.frame + 0.5) / data.perSecond;
  }

  // Apply `action` to the window; tell the others; return whether anything moved.
  function change(action) {
    if (data === null) return false;
    const { start, end } = view;
    action();
    if (view.start === start && view.end === end) return false;
    emit('zoom', {
      start: view.start - data.offset, end: view.end - data.offset, fit: view.isFit(), source,
    });
    widget.redraw();
    return true;
  }

  function showAt(frame, bin, spoken = false) {
    const inside = frame >= 0 && frame < data.frames && bin >= 0 && bin < data.rows;
    cross = inside ? { frame, bin } : null;
    if (cross === null) readout.clear();
    else root.dataset.readout = readout.show(cross, data, spoken);
    if (cross === null) delete root.dataset.readout;
    drawMoving();
  }

  listen(
    stage,
    () => ({ left: GUTTER.left, width: drawn.width - GUTTER.left - GUTTER.right }),
    {
      point(x, y) {
        if (data === null) return;
        const share = (x - GUTTER.left) / (drawn.width - GUTTER.left - GUTTER.right);
        const top = drawn.tops.findLast((edge) => y >= edge);
        const height = top === undefined ? -1 : 1 - (y - top) / planeHeight;
        if (share < 0 || share >= 1) return showAt(-1, -1);
        const frame = Math.floor((view.start + share * view.span()) * data.perSecond);
        showAt(frame, Math.floor(height * data.rows));
      },
      leave: () => data && showAt(-1, -1),
      seek: (share) =>
        data && emit('seek', { seconds: view.start + share * view.span() - data.offset, source }),
      zoom: (factor, share) =>
        change(() => view.zoom(factor, view.start + share * view.span())),
      pan: (share) => change(() => view.pan(share * view.span())),
      fit: () => change(view.fit),
      step(frames, bins) {
        if (data === null) return;
        const from = cross ?? {
          frame: Math.floor(middle() * data.perSecond), bin: data.rows >> 1,
        };
        const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));
        const frame = clamp(from.frame + frames, data.frames);
        const seconds = (frame + 0.5) / data.perSecond;
        if (seconds < view.start || seconds > view.end) change(() => view.pan(seconds - middleOfView()));
        showAt(frame, clamp(from.bin + bins, data.rows), true);
      },
    },
    widget.signal,
  );
  const middleOfView = () => (view.start + view.end) / 2;
  limit.addEventListener('input', widget.redraw);
  on('time', ({ seconds }) => {
    playhead = data === null || !Number.isFinite(seconds) ? null : seconds + data.offset;
    if (root.clientWidth > 0) drawMoving();
  }, widget);
  on('zoom', ({ start, end, fit, source: sender }) => {
    if (sender === source || data === null) return;
    if (fit) view.fit();
    else view.set(start + data.offset, end + data.offset);
    widget.redraw();
  }, widget);
}

function createPanel(side) {
  const name = el('span', { class: 'insm-name' });
  const label = side === 'difference' ? 'candidate − reference' : side;
  const canvas = el('canvas', { role: 'img', data: { side } });
  const node = el('div', { class: `insm-panel insm-${side}` }, [
    el('div', { class: 'insm-caption' }, [
      el('b', { text: label }), name,
      el('span', { class: 'insm-unit', text: side === 'difference' ? '' : 'log-mel' }),
    ]),
    canvas,
  ]);
  const describe = (plane, data) => {
    const seconds = (plane.columns / data.perSecond).toFixed(2);
    const length = `${plane.columns} frames, ${seconds} s`;
    const text = {
      difference: data.dmax > 0 ? `largest ${float32Text(Math.fround(data.dmax))}` : 'no difference',
    }[side] ?? `${plane.name} · ${length}`;
    setText(name, text);
    name.title = text;
    canvas.setAttribute('aria-label', `${label}: ${text}`);
  };
  return { node, canvas, describe };
}
