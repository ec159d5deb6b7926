// What the Match tab lists: the pairs of a comparison with the user's choices laid over them.
// No DOM here.
//
// `data` is the payload of match.json; a tensor is its place in `data.reference.names` or
// `data.candidate.names`.  A choice is [reference, candidate | null, axes | null]; without a
// candidate it says that the reference tensor has no partner.

import { makeFilter } from './table_model.js';

/** The filters in the order of the page: key, title, and which rows they keep. */
export const FILTERS = [
  ['all', 'All', () => true],
  ['uncertain', 'Uncertain', (row, data) => row.kind === 'pair' && row.confidence < data.uncertain_below],
  ['value', 'By value', (row) => row.kind === 'pair' && /\bvalues?\b/.test(row.rule)],
  ['notes', 'With notes', (row) => row.kind === 'pair' && row.notes.length > 0],
  ['alone', 'No partner', (row) => row.kind === 'alone'],
  ['ambiguous', 'Ambiguous', (row) => row.kind === 'ambiguous'],
  ['chosen', 'Chosen by you', (row) => row.kind === 'chosen' || row.byHand],
];

/** Return a name that is short enough for a sentence: a long one loses its middle. */
export function shortName(name) {
  return name.length <= 90 ? name : `${name.slice(0, 44)}…${name.slice(-44)}`;
}

/** True where two lists of choices ask for the same. */
export function sameChoices(one, other) {
  return changesBetween(one, other) === 0;
}

/** Return how many choices are in one list and not in the other, a changed one counted once. */
export function changesBetween(one, other) {
  const keys = (list) => new Map(list.map((choice) => [choice[0], JSON.stringify(choice)]));
  const [a, b] = [keys(one), keys(other)];
  let changes = 0;
  for (const reference of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(reference) !== b.get(reference)) changes += 1;
  }
  return changes;
}

/** Return `choices` with `choice` on top: those that share a tensor with it give way. */
export function withChoice(choices, choice) {
  const [reference, candidate] = choice;
  const others = choices.filter(([first, second]) =>
    first !== reference && (candidate === null || second !== candidate));
  return [...others, choice];
}

/** Return {ofReference, ofCandidate}: the partner of each tensor, with `choices` laid over. */
export function partners(data, choices) {
  const ofReference = new Map();
  const ofCandidate = new Map();
  data.pairs.reference.forEach((reference, i) => {
    ofReference.set(reference, data.pairs.candidate[i]);
    ofCandidate.set(data.pairs.candidate[i], reference);
  });
  const part = (reference, candidate) => {
    if (ofReference.get(reference) === candidate) ofReference.delete(reference);
    if (ofCandidate.get(candidate) === reference) ofCandidate.delete(candidate);
  };
  for (const [reference, candidate] of choices) {
    if (ofReference.has(reference)) part(reference, ofReference.get(reference));
    if (candidate === null) continue;
    if (ofCandidate.has(candidate)) part(ofCandidate.get(candidate), candidate);
    ofReference.set(reference, candidate);
    ofCandidate.set(candidate, reference);
  }
  return { ofReference, ofCandidate };
}

/**
 * Return every row, those that need attention first: what is not applied yet, ambiguous
 * groups, tensors without a partner, then the pairs in order of execution.
 *
 * `choices` are those of the user now, `data.overrides` those of the comparison.
 */
export function makeRows(data, choices) {
  const applied = new Set(data.overrides.map((choice) => JSON.stringify(choice)));
  const fresh = choices.filter((choice) => !applied.has(JSON.stringify(choice)));
  const { ofReference, ofCandidate } = partners(data, choices);
  const used = {
    reference: new Set(fresh.filter((c) => c[1] !== null).map((c) => c[0])),
    candidate: new Set(fresh.map((c) => c[1])),
  };
  const rows = fresh.filter((c) => c[1] !== null).map(([reference, candidate, axes]) => ({
    kind: 'chosen', reference, candidate, rule: 'chosen by hand', byHand: true, notes: [],
    layout: axes ? `candidate axes ${axes.join(' ')}` : 'found when applied',
    reason: 'Not applied yet.',
  }));
  data.ambiguous.forEach((group, number) => {
    const most = Math.max(group.reference.length, group.candidate.length);
    for (let i = 0; i < most; i += 1) {
      const at = (side) => (used[side].has(group[side][i]) ? null : group[side][i] ?? null);
      const row = { kind: 'ambiguous', group: number, reference: at('reference'), candidate: at('candidate'), notes: [], reason: group.reason };
      if (row.reference !== null || row.candidate !== null) rows.push(row);
    }
  });
  const parted = new Map(choices.filter((c) => c[1] === null).map((c) => [c[0], !applied.has(JSON.stringify(c))]));
  const alone = (side, place, reason) => {
    const byHand = side === 'reference' && parted.has(place);
    rows.push({
      kind: 'alone', reference: null, candidate: null, [side]: place, notes: [], byHand,
      reason: byHand && parted.get(place) ? 'By your choice; not applied yet.' : reason,
    });
  };
  for (const side of ['reference', 'candidate']) {
    for (const { place, reason } of data.unmatched[side]) {
      if (!used[side].has(place)) alone(side, place, reason);
    }
    data.pairs[side].forEach((place, i) => {
      const partner = side === 'reference' ? ofReference : ofCandidate;
      if (partner.has(place)) return;
      const other = side === 'reference' ? 'candidate' : 'reference';
      const name = shortName(data[other].names[data.pairs[other][i]]);
      alone(side, place, `It loses ${name} by what you chose; applying looks for another partner.`);
    });
  }
  const mine = new Set(choices.map((choice) => choice[0]));
  data.pairs.reference.forEach((reference, i) => {
    const candidate = data.pairs.candidate[i];
    if (ofReference.get(reference) !== candidate || used.reference.has(reference)) return;
    const { status, step, rule, layout, confidence, notes } = data.pairs;
    const byHand = rule[i] === 'chosen by hand';
    const back = byHand && !mine.has(reference) ? ['You took this choice back; applying looks for partners anew.'] : [];
    rows.push({
      kind: 'pair', pair: i, reference, candidate, status: status[i], step: step[i],
      rule: rule[i], layout: layout[i], confidence: confidence[i], notes: [...back, ...notes[i]],
      byHand,
    });
  });
  return rows;
}

/** Return the rows that `query` {typed, asRegex, filter, rule} keeps, and what is wrong with it. */
export function selectRows(data, rows, query) {
  const words = makeFilter(query.typed, query.asRegex);
  const keep = (FILTERS.find(([key]) => key === query.filter) ?? FILTERS[0])[2];
  const named = (side, place) => place !== null && words.test(data[side].names[place]);
  return {
    rows: rows.filter((row) => keep(row, data) && (!query.rule || row.rule === query.rule)
      && (named('reference', row.reference) || named('candidate', row.candidate))),
    error: words.error,
  };
}

/**
 * Return what pairing `reference` with `candidate` would change: {text, together, lost}.
 *
 * `together`: they are a pair already.  `lost`: {reference, candidate}, the tensors that lose
 * their partner, null where none does.
 */
export function preview(data, choices, reference, candidate) {
  const { ofReference, ofCandidate } = partners(data, choices);
  const lost = {
    reference: ofCandidate.get(candidate) ?? null, candidate: ofReference.get(reference) ?? null,
  };
  if (lost.candidate === candidate) return { together: true, lost: { reference: null, candidate: null }, text: 'They are a pair already.' };
  const names = ['reference', 'candidate'].filter((side) => lost[side] !== null)
    .map((side) => shortName(data[side].names[lost[side]]));
  const text = names.length === 0 ? 'Neither has a partner now.'
    : `${names.join(' and ')} ${names.length > 1 ? 'lose their partners' : 'loses its partner'}; applying looks for ${names.length > 1 ? 'others' : 'another'}.`;
  return { together: false, lost, text };
}
