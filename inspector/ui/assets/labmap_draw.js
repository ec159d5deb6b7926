// The map of the block lab as a picture: blocks from top to bottom, ODE steps from left to right.

import { clipText, hatch, prepare } from './canvas.js';
import { cssOf, ERROR_RANGE } from './colours.js';

const AXIS = 18;
const HEAL = 40; // the column on the right: how much of the mel heals
const GAP = 8;

/** What a verdict means, and the colour of the theme that it has. */
export const VERDICTS = {
  introduced: { colour: 'fail', text: 'this block makes a new error' },
  amplified: { colour: 'note', text: 'an error from upstream grows here' },
  carried: { colour: 'line-strong', text: 'an error from upstream passes through' },
  healed: { colour: 'ok', text: 'an error from upstream shrinks here' },
  noise: { colour: 'sunken', text: 'at the noise floor: only rounding' },
};

/** Return the colour of a verdict. */
export function verdictColour(theme, verdict) {
  return theme[VERDICTS[verdict]?.colour ?? 'none'];
}

const ALL_LABELS = 25; // more rows than this are named by their stage

/** Return the width of the longest row label, CSS pixels. */
export function labelWidth(blocks, theme) {
  const { ctx } = prepare(document.createElement('canvas'), 1, 1);
  ctx.font = `11px ${theme.sans}`;
  const named = blocks.length <= ALL_LABELS ? blocks.map(({ label }) => label) : stagesOf(blocks).map(({ stage }) => stage);
  return Math.max(...named.map((label) => ctx.measureText(label).width), ctx.measureText('ODE step').width);
}

/** Return {left, width, height, columnWidth, rowHeight, healLeft}; `height` without the axis. */
export function mapBox(lab, width, height) {
  const left = Math.round(Math.min(lab.labelWidth + 16, width * 0.46));
  const heal = lab.healing === null ? 0 : HEAL + GAP;
  const cells = width - left - heal - 2;
  return {
    left, width: cells, height, columnWidth: cells / lab.steps.length,
    rowHeight: height / lab.blocks.length, healLeft: left + cells + GAP, heal: heal ? HEAL : 0,
  };
}

/** Draw cells, labels, step numbers and the healing column. */
export function drawLabMap(canvas, theme, luts, lab, kind, width, height) {
  const { ctx } = prepare(canvas, width, height + AXIS);
  const box = mapBox(lab, width, height);
  ctx.fillStyle = theme.sunken;
  ctx.fillRect(box.left, 0, box.width, height);
  const gap = box.rowHeight >= 8 ? 1 : 0;
  lab.blocks.forEach((_, r) => {
    const y = Math.round(r * box.rowHeight);
    const h = Math.max(1, Math.round((r + 1) * box.rowHeight) - y - gap);
    lab.steps.forEach((_step, c) => {
      const x = Math.round(box.left + c * box.columnWidth);
      const w = Math.max(1, Math.round(box.left + (c + 1) * box.columnWidth) - x - 1);
      paint(ctx, theme, luts, lab, kind, r, c, [x, y, w, h]);
    });
    if (box.heal > 0) drawHealing(ctx, theme, lab.healing[r], box, y, h);
  });
  drawLabels(ctx, theme, lab, box);
  drawSteps(ctx, theme, lab, box);
}

function paint(ctx, theme, luts, lab, kind, r, c, rect) {
  const value = lab.map[kind][r]?.[c] ?? null;
  if (value === null) {
    hatch(ctx, ...rect, theme.line, 5);
    return;
  }
  const { low, high } = ERROR_RANGE;
  if (kind === 'verdict') ctx.fillStyle = verdictColour(theme, value);
  else if (Number.isNaN(value)) ctx.fillStyle = theme.nan;
  else ctx.fillStyle = cssOf(luts.error, Math.min(high, Math.max(low, value)), low, high);
  ctx.fillRect(...rect);
}

function drawHealing(ctx, theme, percent, box, y, h) {
  ctx.fillStyle = theme.sunken;
  ctx.fillRect(box.healLeft, y, box.heal, h);
  if (percent === null) return;
  ctx.fillStyle = theme.ok;
  ctx.fillRect(box.healLeft, y, (Math.min(100, Math.max(0, percent)) / 100) * box.heal, h);
}

// Every row where there is room, else each stage once, at its first row.
function drawLabels(ctx, theme, lab, box) {
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.font = `11px ${theme.sans}`;
  ctx.fillStyle = theme.text;
  if (lab.blocks.length <= ALL_LABELS) {
    lab.blocks.forEach(({ label }, r) => {
      ctx.fillText(clipText(ctx, label, box.left - 10), box.left - 7, (r + 0.5) * box.rowHeight);
    });
    return;
  }
  let free = 0;
  stagesOf(lab.blocks).forEach(({ stage, first, last }) => {
    const top = Math.round(first * box.rowHeight);
    const bottom = Math.round(last * box.rowHeight);
    const y = Math.max((top + bottom) / 2, free + 6);
    if (first > 0) {
      ctx.fillStyle = theme['line-strong'];
      ctx.fillRect(box.left - 6, top - 0.5, 6, 1);
    }
    if (y > bottom + 5 || y + 6 > box.height + 2) return;
    ctx.fillStyle = theme.text;
    ctx.fillText(clipText(ctx, stage, box.left - 12), box.left - 9, y);
    free = y + 6;
  });
}

/** Return [{stage, first, last}] of neighbouring blocks: `mid 3` for its five blocks. */
export function stagesOf(blocks) {
  const stages = [];
  blocks.forEach(({ name, label }, i) => {
    const staged = /^([a-z]+_blocks\.\d+)\./.exec(name);
    const stage = staged === null ? label : label.includes(' · ') ? label.split(' · ')[0] : staged[1];
    if (stages.at(-1)?.stage === stage) stages.at(-1).last = i + 1;
    else stages.push({ stage, first: i, last: i + 1 });
  });
  return stages;
}

function drawSteps(ctx, theme, lab, box) {
  const y = box.height + 10;
  ctx.font = `10.5px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'center';
  const widest = Math.max(...lab.steps.map((step) => ctx.measureText(String(step)).width)) + 3;
  const every = Math.ceil(widest / box.columnWidth);
  lab.steps.forEach((step, c) => {
    if (c % every === 0) ctx.fillText(String(step), box.left + (c + 0.5) * box.columnWidth, y);
  });
  if (box.heal > 0) ctx.fillText('heals', box.healLeft + box.heal / 2, y);
  ctx.textAlign = 'right';
  ctx.fillText('ODE step', box.left - 7, y);
}

/** Draw the frames of the chosen and the pointed-at cell, each {row, column} or null. */
export function drawLabMarks(canvas, theme, lab, width, height, { selected, hover }) {
  const { ctx } = prepare(canvas, width, height + AXIS);
  const box = mapBox(lab, width, height);
  const frame = ({ row, column }, colour, thickness, least) => {
    const h = Math.max(least, box.rowHeight);
    const y = (row + 0.5) * box.rowHeight - h / 2;
    ctx.strokeStyle = colour;
    ctx.lineWidth = thickness;
    ctx.strokeRect(box.left + column * box.columnWidth - 0.5, y, box.columnWidth, h);
  };
  if (hover !== null) frame(hover, theme.text, 1.5, 6);
  if (selected === null) return;
  frame(selected, '#ffffff', 4.5, 9);
  frame(selected, theme.accent, 2.5, 9);
  const y = (selected.row + 0.5) * box.rowHeight;
  ctx.fillStyle = theme.accent;
  ctx.beginPath();
  ctx.moveTo(box.left - 6, y - 5);
  ctx.lineTo(box.left, y);
  ctx.lineTo(box.left - 6, y + 5);
  ctx.fill();
}
