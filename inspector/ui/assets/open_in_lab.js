// From the culprit search into the block lab: block, step and swap of a suspect.

import { fetchJson, runUrl } from './api.js';
import { labOf } from './lab_state.js';
import { showTab } from './tabs.js';

/**
 * Show the lab with `suspect` loaded.
 *
 * `suspect`: {fault, where, scope, block, step, swaps}; what is missing follows from `where`, the
 * name or names of the places.  A finding that is no swap of the lab loads its block alone.
 */
export async function openInLab(run, suspect) {
  showTab('lab', { scroll: true });
  const lab = await fetchJson(runUrl(run, 'lab.json')).catch(() => null); // the tab says why
  if (!lab?.available) return;
  const places = [suspect.where ?? []].flat();
  const blocks = lab.blocks.map(({ name }) => name);
  const block = blocks.includes(suspect.block) ? suspect.block : places.map((place) => blockOf(place, blocks)).find(Boolean);
  if (!block) return;
  const known = new Set(lab.swaps.map(({ key }) => key));
  const wanted = suspect.swaps ?? [{ key: suspect.fault, places: placesIn(block, places, suspect.scope, blocks) }];
  labOf(run).load({
    block, step: lab.steps.includes(suspect.step) ? suspect.step : undefined, source: 'candidate',
    swaps: wanted.filter(({ key }) => known.has(key)),
  });
}

// A place outside of the slots, such as an input, says nothing about this block.
function placesIn(block, places, scope, blocks) {
  const inside = places.filter((place) => place !== block && blockOf(place, blocks) === block);
  return scope === 'all' || inside.length === 0 ? null : inside;
}

/** Return the block that holds `place`: the longest name that it begins with, else ''. */
export function blockOf(place, blocks) {
  const text = String(place);
  return blocks.filter((name) => text === name || text.startsWith(`${name}.`))
    .reduce((best, name) => (name.length > best.length ? name : best), '');
}
