// Everything around the pixels of a mel: axes, colour bars, cross-hair and playhead.

import { niceTicks, PLAYHEAD, prepare, tickText } from './canvas.js';

/** Space around the pixels, CSS pixels: frequencies on the left, colour bar on the right. */
export const GUTTER = { left: 46, right: 54, axis: 30 };

const HZ = [100, 200, 500, 1000, 2000, 4000, 8000, 16000];
const FONT = 10.5;

/** Return the place of `hz` in bins (fractional, 0 = lower edge of bin 0), or null if outside. */
export function binOfHz(binHz, hz) {
  const last = binHz.length - 1;
  if (last < 1 || hz < binHz[0] || hz > binHz[last]) return null;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (binHz[middle] <= hz) low = middle;
    else high = middle;
  }
  return low + (hz - binHz[low]) / (binHz[high] - binHz[low]) + 0.5; // centres sit at + 0.5
}

/** Draw frequency ticks left of the plane, as many as fit without touching. */
export function drawHzAxis(ctx, theme, binHz, top, height) {
  label(ctx, theme, 'right', 'middle');
  let free = top + height + 1;
  for (const hz of HZ) {
    const bin = binOfHz(binHz, hz);
    if (bin === null) continue;
    const y = top + height - (bin / binHz.length) * height;
    if (y > free - FONT || y < top + FONT / 2 - 3) continue;
    line(ctx, theme['line-strong'], GUTTER.left - 4, y, GUTTER.left, y);
    ctx.fillText(hz >= 1000 ? `${hz / 1000}k` : String(hz), GUTTER.left - 6, y);
    free = y - 2;
  }
}

/** Draw a colour bar with its ticks right of the plane. */
export function drawColourBar(ctx, theme, lut, low, high, width, top, height, ratio) {
  const x = width - GUTTER.right + 8;
  const image = new ImageData(1, 256);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < 256; i += 1) pixels[i] = lut[255 - i];
  const strip = new OffscreenCanvas(1, 256);
  strip.getContext('2d').putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = ratio >= 1;
  ctx.drawImage(strip, x, top, 9, height);
  ctx.strokeStyle = theme['line-strong'];
  ctx.lineWidth = 1;
  ctx.strokeRect(x - 0.5, top - 0.5, 10, height + 1);
  label(ctx, theme, 'left', 'middle');
  const ticks = low < 0 && high === -low ? symmetric(high) : niceTicks(low, high, height / 24);
  for (const value of ticks.values) {
    const y = top + height - ((value - low) / (high - low)) * height;
    if (y < top - 1 || y > top + height + 1) continue;
    const shown = Math.min(top + height - 4, Math.max(top + 5, y));
    line(ctx, theme['line-strong'], x + 9, y, x + 12, y);
    ctx.fillText(ticks.text?.(value) ?? tickText(value, ticks.step), x + 15, shown);
  }
}

function symmetric(limit) {
  const text = (value) =>
    value === 0 ? '0' : `${value > 0 ? '+' : '−'}${compact(Math.abs(value))}`;
  return { values: [-limit, 0, limit], step: limit, text };
}

function compact(value) {
  if (value >= 1000 || value < 0.01) return value.toExponential(0).replace('e-', 'e−');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

/** Draw the time axis: seconds in the first row, frames in the second. */
export function drawTimeAxis(ctx, theme, view, framesPerSecond, width, top) {
  const plane = width - GUTTER.left - GUTTER.right;
  line(ctx, theme.line, GUTTER.left, top + 0.5, GUTTER.left + plane, top + 0.5);
  const rows = [
    { scale: 1, unit: 's', y: top + 10, count: plane / 52, colour: theme.text },
    { scale: framesPerSecond, unit: 'frame', y: top + 22, count: plane / 52, colour: theme.muted },
  ];
  for (const { scale, unit, y, count, colour } of rows) {
    const ticks = niceTicks(view.start * scale, view.end * scale, Math.max(2, count));
    label(ctx, theme, 'center', 'middle');
    ctx.fillStyle = colour;
    let free = 0;
    for (const value of ticks.values) {
      if (unit === 'frame' && ticks.step < 1 && !Number.isInteger(value)) continue;
      const x = GUTTER.left + ((value / scale - view.start) / view.span()) * plane;
      const text = tickText(value, Math.max(ticks.step, unit === 'frame' ? 1 : 0));
      const half = ctx.measureText(text).width / 2;
      if (x - half < free) continue;
      if (unit === 's') line(ctx, theme['line-strong'], x, top, x, top + 4);
      ctx.fillText(text, x, y);
      free = x + half + 6;
    }
    ctx.textAlign = 'left';
    ctx.fillText(unit, 2, y);
  }
}

/**
 * Draw what moves over the planes: the cross-hair and the playhead.
 *
 * `tops`: upper edges of the planes.  `cross`: {x, share} with `share` the height within a plane,
 * or null.  `playhead`: x or null.
 */
export function drawOverlay(canvas, theme, width, height, { tops, plane, cross, playhead }) {
  const { ctx } = prepare(canvas, width, height);
  const right = width - GUTTER.right;
  const inside = (x) => x >= GUTTER.left && x <= right;
  for (const top of tops) {
    if (cross && inside(cross.x)) {
      const y = top + cross.share * plane;
      // Twice, dark under light: it must show on black and on white.
      for (const [colour, thickness] of [['rgb(0 0 0 / .55)', 3], ['rgb(255 255 255 / .9)', 1]]) {
        line(ctx, colour, cross.x, top, cross.x, top + plane, thickness);
        line(ctx, colour, GUTTER.left, y, right, y, thickness);
      }
    }
    if (playhead !== null && inside(playhead)) {
      line(ctx, 'rgb(0 0 0 / .6)', playhead, top, playhead, top + plane, 4);
      line(ctx, PLAYHEAD, playhead, top, playhead, top + plane, 2);
    }
  }
}

function label(ctx, theme, align, baseline) {
  ctx.font = `${FONT}px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
}

function line(ctx, colour, x0, y0, x1, y1, thickness = 1) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = thickness;
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
