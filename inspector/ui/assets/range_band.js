// Smallest and largest value of the state at every step, both sides over each other.

import { asNumber } from './api.js';
import { niceTicks, prepare, tickText } from './canvas.js';

const PAD = 6;
const AXIS = 4;

/** Return the range payload with numbers and the column of each step, or null without one. */
export function readRange(range, grid) {
  if (!range || !(range.steps?.length > 0)) return null;
  const columns = range.steps.map((step) => grid.columns.indexOf(String(step)));
  const aligned = columns.every((column) => column >= 0);
  const side = ({ min, max }) => ({ min: min.map(asNumber), max: max.map(asNumber) });
  const read = {
    steps: range.steps,
    // Steps that the map does not have: spread evenly, the columns no longer line up.
    columns: aligned ? columns : range.steps.map((_, i) => ((i + 0.5) * grid.columns.length) / range.steps.length - 0.5),
    reference: side(range.reference),
    candidate: side(range.candidate),
  };
  const all = [read.reference, read.candidate].flatMap(({ min, max }) => [...min, ...max]);
  const finite = all.filter(Number.isFinite);
  if (finite.length === 0) return null;
  read.low = Math.min(...finite);
  read.high = Math.max(...finite);
  read.gaps = finite.length < all.length;
  return read;
}

/** Draw both bands in the columns of the map above.  `hover`: index of a step, or null. */
export function drawRange(canvas, theme, range, box, width, height, hover) {
  const { ctx } = prepare(canvas, width, height);
  const span = range.high - range.low || 1;
  const low = range.low - 0.04 * span;
  const high = range.high + 0.04 * span;
  const inner = height - PAD - AXIS;
  const toY = (value) => PAD + ((high - value) / (high - low)) * inner;
  const toX = (i) => box.left + (range.columns[i] + 0.5) * box.columnWidth;
  ctx.fillStyle = theme.sunken;
  ctx.fillRect(box.left, PAD, box.width, inner);
  const { values, step } = niceTicks(low, high, Math.max(2, inner / 13));
  ctx.font = `10.5px ${theme.sans}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const value of values) {
    ctx.fillStyle = value === 0 ? theme['line-strong'] : theme.line;
    ctx.fillRect(box.left, toY(value) - 0.5, box.width, 1);
    ctx.fillStyle = theme.muted;
    ctx.fillText(tickText(value, step), box.left - 8, toY(value));
  }
  band(ctx, range.reference, toX, toY, box, theme.reference, { fill: 0.28, dash: [] });
  band(ctx, range.candidate, toX, toY, box, theme.candidate, { fill: 0.12, dash: [5, 3] });
  if (hover !== null) {
    ctx.fillStyle = theme.text;
    ctx.fillRect(toX(hover) - 0.5, PAD, 1, inner);
  }
}

// Runs of steps with numbers; a step without any breaks the band, it is not bridged.
function band(ctx, { min, max }, toX, toY, box, colour, { fill, dash }) {
  let run = [];
  const flush = () => {
    if (run.length > 0) paintRun(ctx, run, toY, box, colour, fill, dash);
    run = [];
  };
  min.forEach((low, i) => {
    if (Number.isFinite(low) && Number.isFinite(max[i])) run.push({ x: toX(i), low, high: max[i] });
    else flush();
  });
  flush();
}

function paintRun(ctx, run, toY, box, colour, fill, dash) {
  // A lone step has no extent of its own: give it most of its column.
  const half = run.length === 1 ? Math.min(20, box.columnWidth * 0.35) : 0;
  const points = run.length === 1 ? [{ ...run[0], x: run[0].x - half }, { ...run[0], x: run[0].x + half }] : run;
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.75;
  ctx.beginPath();
  points.forEach(({ x, high }) => ctx.lineTo(x, toY(high)));
  points.toReversed().forEach(({ x, low }) => ctx.lineTo(x, toY(low)));
  ctx.closePath();
  ctx.globalAlpha = fill;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.setLineDash(dash);
  for (const edge of ['high', 'low']) {
    ctx.beginPath();
    points.forEach((point) => ctx.lineTo(point.x, toY(point[edge])));
    ctx.stroke();
  }
  ctx.setLineDash([]);
  if (half > 0) return;
  for (const { x, low, high } of run) {
    ctx.fillRect(x - 1.75, toY(high) - 1.75, 3.5, 3.5);
    ctx.fillRect(x - 1.75, toY(low) - 1.75, 3.5, 3.5);
  }
}
