// Reference, candidate and difference of one tensor as pictures that share a cross-hair.

import { float32Text, niceTicks, prepare, tickText } from './canvas.js';
import { divergingName, pixelOf } from './colours.js';
import { el, fill, setText } from './dom.js';
import { numberText } from './format.js';
import { rasterise } from './mel_raster.js';

const PLANES = { reference: 'reference', candidate: 'candidate', difference: 'difference' };
const HEIGHT = 150;
const LEFT = 38; // room for the row numbers
const BOTTOM = 18; // room for the column numbers

/**
 * Return {node, show, draw, clear}: pictures side by side, a line of values under the pointer.
 *
 * `sides`: plane -> how it is called; `difference` has its own colours.  A plane without values
 * is left out.
 */
export function createHeatmaps(sides = PLANES) {
  let data = null; // {planes: {rows, columns, ...}, values: {reference, ...}, luts, theme}
  const boxes = Object.entries(sides).map(([side, called]) => {
    const label = el('span', { text: called });
    const canvas = el('canvas', { class: 'ins-heat', role: 'img' });
    const scale = el('span', { class: 'ins-muted' });
    const node = el('figure', { class: 'ins-heat-box', data: { side } }, [
      el('figcaption', {}, [
        el('span', { class: `ins-side ins-${side}` }, [
          el('span', { class: 'ins-dot', 'aria-hidden': 'true' }), label,
        ]),
        scale,
      ]),
      canvas,
    ]);
    canvas.addEventListener('pointermove', (event) => point(canvas, event));
    canvas.addEventListener('pointerleave', () => setText(readout, hint()));
    return { side, called, label, canvas, scale, node };
  });
  const readout = el('p', { class: 'ins-readout', role: 'status' });
  const node = el('div', { class: 'ins-heatmaps' }, [
    el('div', { class: 'ins-heat-row' }, boxes.map((box) => box.node)), readout,
  ]);

  const hint = () => {
    if (data === null) return '';
    const { rows, columns, row_label, column_label, pooled } = data.planes;
    const shape = `${rows} ${plural(row_label)} (up) × ${columns} ${plural(column_label)}`;
    const pooling = pooled ? '; each cell stands for several elements (pooled for drawing)' : '';
    return `${shape}${pooling}. Point at a picture to read values.`;
  };

  const point = (canvas, event) => {
    if (data === null) return;
    const { rows, columns, row_label, column_label } = data.planes;
    const width = canvas.clientWidth - LEFT;
    const column = Math.floor(((event.offsetX - LEFT) / width) * columns);
    const row = Math.floor((1 - event.offsetY / HEIGHT) * rows);
    if (column < 0 || column >= columns || row < 0 || row >= rows) {
      setText(readout, hint());
      return;
    }
    const values = boxes.filter(({ side }) => data.values[side]).map(({ side, label }) =>
      `${label.textContent} ${float32Text(data.values[side][row * columns + column])}`);
    setText(
      readout,
      `${row_label || 'row'} ${row}, ${column_label || 'column'} ${column}: ${values.join(', ')}`,
    );
  };

  const draw = (theme) => {
    if (data === null) return;
    const { rows, columns, vmin, vmax, dmax } = data.planes;
    for (const { side, canvas, scale, node: box } of boxes) {
      const width = box.clientWidth;
      if (!data.values[side]) continue;
      if (width < LEFT + 20) continue;
      const isDifference = side === 'difference';
      const limit = dmax > 0 ? dmax : 1;
      const [low, high] = isDifference ? [-limit, limit] : [vmin, vmax];
      const lut = data.luts[isDifference ? divergingName(theme.dark) : 'magma'];
      const { ctx, ratio } = prepare(canvas, width, HEIGHT + BOTTOM);
      const image = rasterise(
        { values: data.values[side], rows, columns }, 0, columns,
        Math.round((width - LEFT) * ratio), Math.round(HEIGHT * ratio),
        (value) => pixelOf(lut, value, low, high), isDifference ? 'extreme' : 'mean',
      );
      ctx.putImageData(image, Math.round(LEFT * ratio), 0);
      axes(ctx, theme, width, data.planes);
      setText(scale, isDifference ? `±${numberText(dmax, 3)}`
        : `${numberText(vmin, 3)} … ${numberText(vmax, 3)}`);
    }
  };

  return {
    node,
    draw,
    /** Take new planes; `names` replaces how some are called. */
    show(planes, values, luts, names = {}) {
      data = { planes, values, luts };
      for (const { side, called, label, canvas, node: box } of boxes) {
        box.hidden = !values[side];
        setText(label, names[side] ?? called);
        canvas.setAttribute('aria-label', `${label.textContent}: ${planes.rows} by ${planes.columns} values`);
      }
      setText(readout, hint());
    },
    clear() {
      data = null;
      setText(readout, '');
      fill(readout);
    },
  };
}

function axes(ctx, theme, width, { rows, columns }) {
  ctx.font = `10.5px ${theme.sans}`;
  ctx.fillStyle = theme.muted;
  ctx.strokeStyle = theme.line;
  ctx.lineWidth = 1;
  ctx.strokeRect(LEFT + 0.5, 0.5, width - LEFT - 1, HEIGHT - 1);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  const up = niceTicks(0, rows, 4);
  for (const row of up.values.filter((value) => Number.isInteger(value) && value < rows)) {
    const y = HEIGHT - ((row + 0.5) / rows) * HEIGHT;
    ctx.fillText(tickText(row, 1), LEFT - 5, Math.min(HEIGHT - 5, Math.max(6, y)));
  }
  ctx.textBaseline = 'top';
  const across = niceTicks(0, columns, Math.max(2, (width - LEFT) / 80));
  for (const column of across.values.filter((value) => Number.isInteger(value) && value < columns)) {
    const text = tickText(column, 1);
    ctx.textAlign = column === 0 ? 'left' : 'center';
    ctx.fillText(text, LEFT + ((column + (column && 0.5)) / columns) * (width - LEFT), HEIGHT + 4);
  }
}

function plural(label) {
  if (!label) return 'cells';
  return /s$/.test(label) ? label : `${label}s`;
}
