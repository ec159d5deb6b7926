// Small drawing helpers that all canvases share.

/** The playhead: one colour over black, white, blue and orange alike. */
export const PLAYHEAD = '#17c784';

/**
 * Give `canvas` a size in CSS pixels, sharp on this screen, and return its cleared context.
 *
 * One unit of the context is one CSS pixel; `ratio` is device pixels per unit.
 */
export function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const columns = Math.max(1, Math.round(width * ratio));
  const rows = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return { ctx, ratio };
}

/** Fill a rectangle with thin diagonal lines: "there is nothing here", as opposed to a value. */
export function hatch(ctx, x, y, width, height, colour, gap = 6) {
  if (width <= 0 || height <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.beginPath();
  // Anchored at the canvas origin, so that neighbouring rectangles join without a seam.
  const first = Math.floor((x + y) / gap) * gap;
  for (let sum = first; sum <= x + width + y + height; sum += gap) {
    ctx.moveTo(sum - y, y);
    ctx.lineTo(sum - y - height, y + height);
  }
  ctx.stroke();
  ctx.restore();
}

/** Return round numbers within `low`..`high`, about `count` of them, and the step between them. */
export function niceTicks(low, high, count) {
  if (!(high > low) || count < 1) return { values: Number.isFinite(low) ? [low] : [], step: 1 };
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const values = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let i = first; i * step <= high + 1e-9 * step; i += 1) values.push(i * step);
  return { values, step };
}

/** Return a tick's text with as many decimals as its step needs and a true minus sign. */
export function tickText(value, step) {
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const text = Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

/** Return `text` shortened in its middle to fit `width`: names differ at both of their ends. */
export function clipText(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const keep = Math.ceil((low + high) / 2);
    if (ctx.measureText(shorten(text, keep)).width <= width) low = keep;
    else high = keep - 1;
  }
  return shorten(text, low);
}

function shorten(text, keep) {
  const head = Math.floor(keep * 0.3);
  return `${text.slice(0, head)}…${keep > head ? text.slice(text.length - (keep - head)) : ''}`;
}

/** Return the shortest text that still names this float32 exactly. */
export function float32Text(value) {
  if (value === null || value === undefined) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Infinity' : '−Infinity';
  let text = String(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) break;
  }
  const plain = Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7 ? String(Number(text)) : text;
  return plain.replace('-', '−');
}
