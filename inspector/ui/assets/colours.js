// Colour tables: the same 256 colours that matplotlib uses for the saved figures.

import { fetchJson, url } from './api.js';

/** Values that are not finite: own colour in every picture (same as in the saved figures). */
export const NAN_COLOUR = '#b84fd6';
const NAN_RGBA = rgba(0xb8, 0x4f, 0xd6);

/** log10 of the relative L2 error at the two ends of the `error` table. */
export const ERROR_RANGE = { low: -7, high: 0 };

/** Return {magma, RdBu_r, berlin, error}, each a Uint32Array of 256 pixels for ImageData. */
export async function loadLuts({ signal } = {}) {
  const tables = await fetchJson(url('luts.json'), { signal });
  const luts = {};
  for (const [name, flat] of Object.entries(tables)) {
    luts[name] = Uint32Array.from({ length: 256 }, (_, i) =>
      rgba(flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]),
    );
  }
  return luts;
}

/** Return the name of the table for differences: white glares on a dark page, black does not. */
export function divergingName(dark) {
  return dark ? 'berlin' : 'RdBu_r';
}

/** Return the pixel of `value` on a table that spans `low`..`high`. */
export function pixelOf(lut, value, low, high) {
  if (!Number.isFinite(value)) return NAN_RGBA;
  const position = high > low ? (value - low) / (high - low) : 0.5;
  return lut[Math.min(255, Math.max(0, Math.floor(position * 256)))]; // as matplotlib rounds
}

/** Return a CSS colour for `value` on a table that spans `low`..`high`. */
export function cssOf(lut, value, low, high) {
  const pixel = pixelOf(lut, value, low, high);
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

// ImageData is bytes R, G, B, A; read as 32-bit numbers on a little-endian machine that is ABGR.
function rgba(red, green, blue) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
