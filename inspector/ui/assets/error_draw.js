// The error map as a picture: cells, labels, legend.

import { clipText, hatch, prepare } from './canvas.js';
import { cssOf, ERROR_RANGE } from './colours.js';
import { errorText } from './error_grid.js';

export const RIGHT = 10;
const AXIS = 18;

/** Return the space for row labels: names matter more than cells, up to a third of the width. */
export function labelGutter(width) {
  return Math.round(Math.min(210, Math.max(92, width * 0.3)));
}

/** Return {left, top, width, height, columnWidth, rowHeight} of the cells. */
export function layout(grid, width, height) {
  const left = labelGutter(width);
  const cells = width - left - RIGHT;
  return {
    left, top: 0, width: cells, height,
    columnWidth: cells / grid.columns.length, rowHeight: height / grid.rows.length,
  };
}

/** Return the height of the cells: readable rows where there are few, bounded where many. */
export function mapHeight(rows, wanted) {
  if (rows > 30) return wanted;
  return Math.min(Math.max(rows * 18, 54), Math.max(wanted, rows * 10.5));
}

/** Draw cells, row labels and step numbers; those of `first`, the first divergence, stand out. */
export function drawMap(canvas, theme, lut, grid, width, height, first) {
  const { ctx } = prepare(canvas, width, height + AXIS);
  const box = layout(grid, width, height);
  const gap = box.rowHeight >= 9 && box.columnWidth >= 9 ? 1 : 0;
  ctx.fillStyle = theme.sunken;
  ctx.fillRect(box.left, box.top, box.width, box.height);
  grid.cells.forEach((cells, r) =>
    cells.forEach((cell, c) => {
      // Edges on whole pixels, else thin rows blend with their neighbours.
      const x = Math.round(box.left + c * box.columnWidth);
      const y = Math.round(box.top + r * box.rowHeight);
      const w = Math.round(box.left + (c + 1) * box.columnWidth) - x - gap;
      const h = Math.round(box.top + (r + 1) * box.rowHeight) - y - gap;
      paintCell(ctx, theme, lut, cell, x, y, Math.max(1, w), Math.max(1, h));
    }),
  );
  drawRowLabels(ctx, theme, grid, box, first);
  drawSteps(ctx, theme, grid, box, first);
}

function paintCell(ctx, theme, lut, cell, x, y, w, h) {
  if (cell === null) return;
  if (cell.status === 'not_comparable') {
    ctx.fillStyle = theme.line;
    ctx.fillRect(x, y, w, h);
    hatch(ctx, x, y, w, h, theme.none, 5);
    return;
  }
  ctx.fillStyle = cellColour(theme, lut, cell);
  ctx.fillRect(x, y, w, h);
}

/** True for a cell whose error is no number although it has been compared. */
export function isNonfinite({ status, value }) {
  return !['same', 'not_comparable'].includes(status) && (value === null || Number.isNaN(value));
}

/** Return the colour of a cell that has one. */
function cellColour(theme, lut, cell) {
  if (cell.status === 'same') return sameColour(theme);
  if (isNonfinite(cell)) return theme.nan;
  const { value } = cell;
  return cssOf(lut, Math.min(ERROR_RANGE.high, Math.max(ERROR_RANGE.low, value)), ERROR_RANGE.low, ERROR_RANGE.high);
}

/** Return the colour of "same": calm, so that what merely passes stands out from what is equal. */
export function sameColour(theme) {
  return theme.dark ? '#245a36' : '#4d7a5a';
}

function drawRowLabels(ctx, theme, grid, box, first) {
  const size = Math.min(11.5, Math.max(9, box.rowHeight - 2));
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  const every = Math.max(1, Math.ceil(15 / box.rowHeight));
  const step = grid.pooled === 1 && box.rowHeight >= 10 ? 1 : Math.max(every, Math.ceil(grid.rows.length / 9));
  const write = (r, label, isFirst) => {
    const y = box.top + (r + 0.5) * box.rowHeight;
    ctx.font = `${isFirst ? '650 ' : ''}${size}px ${theme.sans}`;
    ctx.fillStyle = isFirst ? theme.fail : theme.text;
    ctx.fillText(clipText(ctx, label, box.left - 14), box.left - 8, Math.max(size / 2, y));
    if (step > 1) ctx.fillRect(box.left - 5, y - 0.5, 4, 1);
  };
  for (let r = 0; r < grid.rows.length; r += step) {
    const near = first !== null && Math.abs(r - first.row) * box.rowHeight < size + 2;
    if (!near) write(r, grid.rows[r].label, false);
    else if (step === 1 && r !== first.row) write(r, grid.rows[r].label, false);
  }
  if (first !== null) write(first.row, grid.labels[first.operation], true);
}

function drawSteps(ctx, theme, grid, box, first) {
  const y = box.top + box.height;
  ctx.font = `10.5px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  const middle = (c) => box.left + (c + 0.5) * box.columnWidth;
  const half = (c) => ctx.measureText(grid.columns[c]).width / 2 + 3;
  let free = 0; // where the next label may begin; the first divergence keeps its place
  grid.columns.forEach((text, c) => {
    const isFirst = c === first?.column;
    const touches = first !== null && c < first.column &&
      middle(c) + half(c) > middle(first.column) - half(first.column);
    if (!isFirst && (middle(c) - half(c) < free || touches)) return;
    free = middle(c) + half(c);
    ctx.font = `${isFirst ? '650 ' : ''}10.5px ${theme.sans}`;
    ctx.fillStyle = isFirst ? theme.fail : theme.muted;
    ctx.fillText(text, middle(c), y + 9);
  });
  ctx.font = `10.5px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'right';
  ctx.fillText('ODE step', box.left - 8, y + 9);
}

/**
 * Draw the marks over the cells.  `marks`: {first, selected, hover}, each {row, column} or null.
 */
export function drawMarks(canvas, theme, grid, width, height, { first, selected, hover }) {
  const { ctx } = prepare(canvas, width, height + AXIS);
  const box = layout(grid, width, height);
  const frame = (place, colour, thickness, least) => {
    const w = Math.max(least, box.columnWidth);
    const h = Math.max(least, box.rowHeight);
    const x = box.left + (place.column + 0.5) * box.columnWidth - w / 2;
    const y = box.top + (place.row + 0.5) * box.rowHeight - h / 2;
    ctx.strokeStyle = colour;
    ctx.lineWidth = thickness;
    ctx.strokeRect(x, y, w, h);
  };
  if (first !== null) {
    frame(first, theme.panel, 5, 7);
    frame(first, theme.text, 2.5, 7);
  }
  if (hover !== null) frame(hover, theme.text, 1, 3);
  if (selected !== null) {
    frame(selected, '#ffffff', 4, 5);
    frame(selected, theme.accent, 2, 5);
  }
}

/** Draw the colour scale with the tolerance on it. */
export function drawLegend(canvas, theme, lut, width, tolerance) {
  const { ctx } = prepare(canvas, width, 26);
  const { low, high } = ERROR_RANGE;
  const left = 14;
  const bar = width - 28;
  const toX = (value) => left + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * bar;
  for (let x = 0; x < bar; x += 1) {
    ctx.fillStyle = cssOf(lut, low + (x / bar) * (high - low), low, high);
    ctx.fillRect(left + x, 5, 1.5, 8);
  }
  ctx.font = `10px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (let value = low; value <= high; value += width > 190 ? 2 : 3) {
    ctx.fillText(errorText(value), toX(value), 20);
  }
  if (width > 190) ctx.fillText('1', toX(high), 20);
  if (tolerance !== null && Number.isFinite(tolerance)) {
    const x = toX(tolerance);
    ctx.fillStyle = theme.text;
    ctx.fillRect(x - 1, 1, 2, 15);
    ctx.beginPath();
    ctx.moveTo(x - 4, 0);
    ctx.lineTo(x + 4, 0);
    ctx.lineTo(x, 5);
    ctx.fill();
  }
}
