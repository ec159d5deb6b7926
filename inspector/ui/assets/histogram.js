// Counts over values as bars; one or two series on the same edges.

import { niceTicks, prepare } from './canvas.js';
import { numberText } from './format.js';
import { el } from './dom.js';

const HEIGHT = 118;
const BOTTOM = 18;
const LEFT = 38;
const TOP = 8;

/**
 * Return {node, show, draw}; `show({edges, series: [{counts, colour}], labels})`, colour = theme
 * key; `labels` name the bins where the edges are only their numbers.
 */
export function createHistogram(label) {
  const canvas = el('canvas', { class: 'ins-histogram', role: 'img', 'aria-label': label });
  let data = null;
  return {
    node: canvas,
    show(next) {
      data = next;
    },
    draw(theme) {
      const width = canvas.parentElement?.clientWidth ?? 0;
      if (data === null || width < LEFT + 40) return;
      const { ctx } = prepare(canvas, width, TOP + HEIGHT + BOTTOM);
      paint(ctx, theme, width, data);
    },
  };
}

function paint(ctx, theme, width, { edges, series, labels }) {
  const low = edges[0];
  const high = edges[edges.length - 1];
  const plane = width - LEFT - 6;
  const x = (value) => LEFT + (high > low ? (value - low) / (high - low) : 0.5) * plane;
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts));
  // Logarithmic: the tails of an error distribution are what one looks for.
  const y = (count) =>
    TOP + HEIGHT - (count > 0 ? (Math.log10(count) + 0.3) / (Math.log10(most) + 0.3) : 0) * HEIGHT;

  ctx.font = `10.5px ${theme.sans}`;
  ctx.textBaseline = 'middle';
  for (let power = 0; 10 ** power <= most; power += 1) {
    const at = y(10 ** power);
    ctx.strokeStyle = theme.line;
    ctx.lineWidth = 1;
    rule(ctx, LEFT, Math.round(at) + 0.5, LEFT + plane, Math.round(at) + 0.5);
    ctx.fillStyle = theme.muted;
    ctx.textAlign = 'right';
    ctx.fillText(power < 3 ? String(10 ** power) : `1e${power}`, LEFT - 5, at);
  }
  series.forEach(({ counts, colour }, i) => {
    ctx.fillStyle = theme[colour];
    ctx.strokeStyle = theme[colour];
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x(edges[0]), y(0));
    counts.forEach((count, bin) => {
      ctx.lineTo(x(edges[bin]), y(count));
      ctx.lineTo(x(edges[bin + 1]), y(count));
    });
    ctx.lineTo(x(high), y(0));
    ctx.globalAlpha = i === 0 ? 0.28 : 0.1;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.stroke();
  });
  ctx.strokeStyle = theme['line-strong'];
  rule(ctx, LEFT, TOP + HEIGHT + 0.5, LEFT + plane, TOP + HEIGHT + 0.5);
  ctx.fillStyle = theme.muted;
  ctx.textBaseline = 'top';
  let free = 0;
  const ticks = labels
    ? labels.map((text, bin) => [(edges[bin] + edges[bin + 1]) / 2, text])
    : niceTicks(low, high, Math.max(2, plane / 90)).values.map((value) =>
      [value, numberText(Math.abs(value) < (high - low) * 1e-9 ? 0 : value, 3)]);
  for (const [value, text] of ticks) {
    const half = ctx.measureText(text).width / 2;
    const at = Math.min(LEFT + plane - half, Math.max(LEFT + half, x(value)));
    if (at - half < free) continue;
    ctx.textAlign = 'center';
    ctx.fillText(text, at, TOP + HEIGHT + 5);
    free = at + half + 8;
  }
}

function rule(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
