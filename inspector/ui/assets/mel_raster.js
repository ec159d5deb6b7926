// A plane of float32 values turned into pixels: every pixel knows exactly which values it shows.

/**
 * Return the values behind each pixel of one axis as [first, last) index pairs.
 *
 * `pixels` pixels show the stretch `start`..`end` of cells; a pixel narrower than a cell shows the
 * cell under its centre, a wider one all cells whose centre it covers.
 */
export function pixelCells(start, end, pixels) {
  const per = (end - start) / pixels;
  const first = new Int32Array(pixels);
  const last = new Int32Array(pixels);
  for (let p = 0; p < pixels; p += 1) {
    if (per <= 1) {
      first[p] = Math.floor(start + (p + 0.5) * per);
      last[p] = first[p] + 1;
    } else {
      first[p] = Math.round(start + p * per);
      last[p] = Math.max(first[p] + 1, Math.round(start + (p + 1) * per));
    }
  }
  return { first, last };
}

/**
 * Return ImageData of `plane` between the columns `start` and `end`, row 0 at the bottom.
 *
 * `plane`: {values [rows * columns], rows, columns}.  `colour(value)` gives a pixel.  Where several
 * values share a pixel, `pool` 'mean' takes their mean and 'extreme' the one farthest from zero:
 * a difference of one frame must not vanish in a mean.  A value that is not finite always wins.
 * Pixels beyond the last column stay transparent.
 */
export function rasterise(plane, start, end, width, height, colour, pool) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const x = pixelCells(start, end, width);
  const y = pixelCells(0, plane.rows, height);
  const reduce = pool === 'extreme' ? extreme : mean;
  let previous = -1;
  for (let row = 0; row < height; row += 1) {
    const r0 = y.first[height - 1 - row];
    const r1 = y.last[height - 1 - row];
    if (r0 === previous && r1 === r0 + 1) {
      pixels.copyWithin(row * width, (row - 1) * width, row * width); // the same bin again
      continue;
    }
    previous = r1 === r0 + 1 ? r0 : -1;
    for (let column = 0; column < width; column += 1) {
      const c0 = x.first[column];
      const c1 = Math.min(x.last[column], plane.columns);
      if (c0 < 0 || c0 >= plane.columns) continue;
      const value =
        c1 - c0 === 1 && r1 - r0 === 1
          ? plane.values[r0 * plane.columns + c0]
          : reduce(plane, r0, Math.min(r1, plane.rows), c0, c1);
      pixels[row * width + column] = colour(value);
    }
  }
  return image;
}

function mean(plane, r0, r1, c0, c1) {
  let sum = 0;
  for (let r = r0; r < r1; r += 1) {
    for (let c = c0; c < c1; c += 1) sum += plane.values[r * plane.columns + c];
  }
  return sum / ((r1 - r0) * (c1 - c0)); // one NaN or infinity makes the whole pixel not finite
}

function extreme(plane, r0, r1, c0, c1) {
  let worst = 0;
  for (let r = r0; r < r1; r += 1) {
    for (let c = c0; c < c1; c += 1) {
      const value = plane.values[r * plane.columns + c];
      if (!Number.isFinite(value)) return NaN;
      if (Math.abs(value) > Math.abs(worst)) worst = value;
    }
  }
  return worst;
}

/** Return candidate - reference over the frames that both have, in float32 as NumPy does it. */
export function difference(reference, candidate) {
  const columns = Math.min(reference.columns, candidate.columns);
  const rows = reference.rows;
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      values[r * columns + c] =
        candidate.values[r * candidate.columns + c] - reference.values[r * reference.columns + c];
    }
  }
  return { values, rows, columns };
}

/** Return how many values of `plane` are not finite. */
export function countNonfinite(plane) {
  let count = 0;
  for (const value of plane.values) if (!Number.isFinite(value)) count += 1;
  return count;
}
