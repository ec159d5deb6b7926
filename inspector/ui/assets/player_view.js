// The three waveforms, the loop region and the playhead.

import { clipText, hatch, niceTicks, PLAYHEAD, prepare, tickText } from './canvas.js';
import { extremes } from './player_channels.js';

const RIGHT = 46;
const AXIS = 18;
const GAP = 3;
const NAMES = ['A reference', 'B candidate', 'D difference'];
const HUES = ['reference', 'candidate', 'difference'];

/** Return the space left of the waveforms: narrow pages get a narrow one. */
export function leftGutter(width) {
  return width < 900 ? 96 : 140;
}

/** Return {left, width} of the waveforms within a canvas of `width`. */
export function laneBox(width) {
  const left = leftGutter(width);
  return { left, width: width - left - RIGHT };
}

/** Return the height of the whole drawing. */
export function viewHeight(lane) {
  return 3 * lane + 2 * GAP + AXIS;
}

/**
 * Draw the still part: waveforms, labels, scales, time axis.
 *
 * `sound`: {pyramids, spans, sampleRate, captions [3][lines], scales [3] full height of each lane,
 * gains [3] drawn factor}.
 */
export function drawWaves(canvas, theme, width, lane, view, sound, active) {
  const { ctx, ratio } = prepare(canvas, width, viewHeight(lane));
  const box = laneBox(width);
  for (let i = 0; i < 3; i += 1) {
    const top = i * (lane + GAP);
    ctx.fillStyle = theme.sunken;
    ctx.fillRect(box.left, top, box.width, lane);
    drawCaption(ctx, theme, sound, i, top, lane, box, active === i);
    drawEmpty(ctx, theme, view, sound, i, top, lane, box);
    ctx.globalAlpha = active === i ? 1 : 0.55;
    ctx.fillStyle = theme[HUES[i]];
    drawLane(ctx, view, sound, i, top, lane, box, ratio);
    ctx.globalAlpha = 1;
    if (sound.pyramids[i] !== null) drawScale(ctx, theme, sound.scales[i], top, lane, box);
  }
  drawAxis(ctx, theme, view, box, 3 * lane + 2 * GAP);
}

function drawLane(ctx, view, sound, i, top, lane, box, ratio) {
  const pyramid = sound.pyramids[i];
  if (pyramid === null) return;
  const [from, to] = sound.spans[i];
  const columns = Math.round(box.width * ratio);
  const perColumn = (view.span() * sound.sampleRate) / columns;
  const middle = top + lane / 2;
  const scale = (lane / 2 / sound.scales[i]) || 0;
  const clamp = (value) => Math.max(-lane / 2, Math.min(lane / 2, value * scale));
  const first = view.start * sound.sampleRate;
  for (let column = 0; column < columns; column += 1) {
    // One sample of overlap joins neighbouring columns when a sample is wider than a pixel.
    const a = Math.max(from, Math.floor(first + column * perColumn));
    const b = Math.min(to, Math.floor(first + (column + 1) * perColumn) + 1);
    if (b <= a) continue;
    const [low, high] = extremes(pyramid, a, b);
    const upper = middle - clamp(high);
    const height = Math.max(1 / ratio, clamp(high) - clamp(low));
    ctx.fillRect(box.left + column / ratio, upper, 1 / ratio, height);
  }
}

// Where a side has no sample at all: not silence, nothing.
function drawEmpty(ctx, theme, view, sound, i, top, lane, box) {
  const [from, to] = sound.pyramids[i] === null ? [0, 0] : sound.spans[i];
  const toX = (sample) =>
    box.left + ((sample / sound.sampleRate - view.start) / view.span()) * box.width;
  const right = box.left + box.width;
  const clamp = (x) => Math.min(right, Math.max(box.left, x));
  const [begin, end] = [clamp(toX(from)), clamp(toX(to))];
  if (begin - box.left >= 1) hatch(ctx, box.left, top, begin - box.left, lane, theme.line);
  if (right - end >= 1) hatch(ctx, end, top, right - end, lane, theme.line);
}

function drawCaption(ctx, theme, sound, i, top, lane, box, isActive) {
  const room = box.left - 14;
  ctx.fillStyle = isActive ? theme[HUES[i]] : theme.line;
  ctx.fillRect(0, top, 3, lane);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.font = `600 11.5px ${theme.sans}`;
  ctx.fillStyle = isActive ? theme[HUES[i]] : theme.text;
  const lines = sound.captions[i].slice(0, lane < 44 ? 2 : 3);
  let y = top + lane / 2 - (lines.length * 12) / 2 + 1;
  ctx.fillText(NAMES[i], 9, y);
  ctx.font = `10px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  for (const line of lines) {
    y += 12;
    ctx.fillText(clipText(ctx, line, room), 9, y);
  }
}

function drawScale(ctx, theme, scale, top, lane, box) {
  const x = box.left + box.width + 5;
  ctx.font = `10px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const text = scale >= 0.1 ? scale.toFixed(2) : scale.toExponential(0).replace('-', '−');
  ctx.fillText(`±${text}`, x, top + lane / 2);
  ctx.fillStyle = theme['line-strong'];
  ctx.fillRect(box.left + box.width, top + lane / 2, 3, 1);
}

function drawAxis(ctx, theme, view, box, top) {
  const { values, step } = niceTicks(view.start, view.end, Math.max(2, box.width / 80));
  ctx.font = `10.5px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.strokeStyle = theme['line-strong'];
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const value of values) {
    const x = box.left + ((value - view.start) / view.span()) * box.width;
    ctx.fillRect(x - 0.5, top, 1, 4);
    ctx.fillText(tickText(value, step), x, top + 11);
  }
  ctx.textAlign = 'right';
  ctx.fillText('seconds', box.left - 8, top + 11);
}

/** Draw what moves: loop region, region being dragged, cursor and playhead (all in seconds). */
export function drawMoving(canvas, theme, width, lane, view, { loop, position, pointer }) {
  const height = viewHeight(lane);
  const { ctx } = prepare(canvas, width, height);
  const box = laneBox(width);
  const bottom = height - AXIS;
  const toX = (seconds) => box.left + ((seconds - view.start) / view.span()) * box.width;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, 0, box.width, bottom);
  ctx.clip();
  if (loop !== null) {
    const [a, b] = [toX(loop.start), toX(loop.end)];
    ctx.globalAlpha = loop.on ? 0.2 : 0.08;
    ctx.fillStyle = theme.accent;
    ctx.fillRect(a, 0, b - a, bottom);
    ctx.globalAlpha = loop.on ? 1 : 0.5;
    for (const x of [a, b]) ctx.fillRect(x - 0.75, 0, 1.5, bottom);
    ctx.globalAlpha = 1;
  }
  if (pointer !== null) {
    ctx.fillStyle = theme.muted;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(toX(pointer) - 0.5, 0, 1, bottom);
    ctx.globalAlpha = 1;
  }
  ctx.fillStyle = theme.panel;
  ctx.fillRect(toX(position) - 2, 0, 4, bottom);
  ctx.fillStyle = PLAYHEAD;
  ctx.fillRect(toX(position) - 1, 0, 2, bottom);
  ctx.restore();
  const x = toX(position);
  if (x >= box.left - 1 && x <= box.left + box.width + 1) {
    ctx.fillStyle = PLAYHEAD;
    ctx.beginPath();
    ctx.moveTo(x - 5, 0);
    ctx.lineTo(x + 5, 0);
    ctx.lineTo(x, 7);
    ctx.fill();
  }
}
