// The slots of a block: what feeds what, what each runs, and how far each is from both traces.

import { asNumber } from './api.js';
import { cssOf, ERROR_RANGE } from './colours.js';
import { el, fill, setText } from './dom.js';
import { errorNumber, numberText, timesText } from './format.js';
import { swapAt } from './lab_state.js';
import { createSelect } from './select.js';
import { createSlotCard, RECORDED, words } from './slot_card.js';
import { createGraph, drawGraph, graphWidth, layEdges, markEdges } from './slots_graph.js';

const SIDES = ['reference', 'candidate'];
const HEADINGS = [
  ['Slot', 'What runs here: name of the value and its role'],
  ['Rec.', 'Recorded: left dot the reference, right dot the candidate'],
  ['Runs', 'As the architecture has it, or one known mistake, or your own implementation'],
  ['Backend', 'Framework that computes this slot'],
  ['Precision', 'Floating-point type that this slot computes in'],
  ['Inputs', 'What this slot reads: what this run computed before it, or what a trace recorded there. For this slot alone.'],
];

/** Return {node, show, update, results, draw, clear}; `store` is asked for at every change. */
export function createSlots(getStore) {
  let lab = null;
  let block = null; // the payload of the block
  let graph = null;
  let rows = []; // {name, node, tr, parts}
  let outcome = null; // name -> {error_reference, error_candidate}
  let coloured = 'reference'; // which error colours the dots
  let look = null; // {theme, luts}

  const svg = createGraph();
  const card = createSlotCard();
  const sideButtons = SIDES.map((side) => el('button', {
    type: 'button', class: 'slot-side', data: { side }, 'aria-pressed': String(side === coloured),
    title: `Error of this run against the ${side}, relative L2, and how many times the noise floor. Click: the dots show this error.`,
    on: { click: () => colourBy(side) },
  }, [el('span', { class: `ins-side ins-${side}` }, [el('span', { class: 'ins-dot', 'aria-hidden': 'true' }), el('span', {}, [el('span', { class: 'slot-against', text: 'against ' }), side])])]));
  const body = el('tbody', {});
  const table = el('table', { class: 'slot-table', 'aria-label': 'Slots of the block in order of computation' }, [
    el('thead', {}, [el('tr', {}, [
      el('th', { class: 'slot-gutter', scope: 'col' }, [el('span', { class: 'ins-hidden', text: 'Connections' })]),
      ...HEADINGS.map(([text, title]) => el('th', { scope: 'col', class: `slot-head-${text.toLowerCase().replace('.', '')}`, title, text })),
      ...sideButtons.map((button) => el('th', { scope: 'col', class: 'slot-error' }, [button])),
    ])]),
    body,
  ]);
  const scroll = el('div', { class: 'slot-scroll' }, [svg, table]);
  const key = el('p', { class: 'insm-hint slot-key' }, [
    line('flow'), 'feeds', line('residual'), 'residual or skip', line('mask'), 'mask',
    el('span', { class: 'slot-key-gap', text: 'Inputs: what this slot alone reads, computed by this run or recorded. Dots: error after a run.' }),
  ]);
  const node = el('div', { class: 'lab-slots' }, [scroll, key, card.node]);

  function colourBy(side) {
    coloured = side;
    sideButtons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.side === side)));
    paint();
  }

  function show(nextLab, payload) {
    [lab, block, outcome] = [nextLab, payload, null];
    card.hide();
    const inside = new Set(payload.nodes.map(({ name }) => name));
    const outside = [...new Set(payload.edges.map(([from]) => from).filter((name) => !inside.has(name)))];
    const slots = new Map(payload.nodes.map((slot) => [slot.name, slot]));
    const names = [...outside, ...payload.nodes.map(({ name }) => name)];
    graph = layEdges(names, payload.edges, (name) => slots.get(name)?.slot);
    rows = names.map((name, i) => (slots.has(name) ? slotRow(slots.get(name), i) : inputRow(name, i)));
    fill(body, rows.map(({ tr }) => tr));
    table.style.setProperty('--gutter', `${graphWidth(graph.lanes)}px`);
    update();
  }

  function inputRow(name, i) {
    const tr = el('tr', { class: 'slot-input', data: { name } }, [
      el('td', { class: 'slot-gutter' }),
      el('td', { colspan: HEADINGS.length + 2 }, [el('span', { class: 'ins-muted', text: 'from ' }), el('span', { text: name, title: name })]),
    ]);
    watchRow(tr, i);
    return { name, node: null, tr };
  }

  function slotRow(slot, i) {
    const label = el('button', { type: 'button', class: 'slot-name', 'aria-describedby': card.node.id }, [
      el('b', { text: slot.label }), el('span', { class: 'ins-muted', text: words(slot.slot) }),
    ]);
    const select = (name, change) => createSelect(`${name} ${slot.label}`, (value) => change(getStore(), value));
    const parts = {
      what: select('what runs at', (store, value) => store.chooseWhat(slot.name, readWhat(value))),
      backend: select('backend of', (store, value) => store.chooseSlot(slot.name, 'backend', value)),
      precision: select('precision of', (store, value) => store.chooseSlot(slot.name, 'precision', value)),
      source: select('inputs of', (store, value) => store.chooseSlot(slot.name, 'source', value)),
      reference: el('td', { class: 'slot-error ins-number' }),
      candidate: el('td', { class: 'slot-error ins-number' }),
    };
    const tr = el('tr', { data: { name: slot.name } }, [
      el('td', { class: 'slot-gutter' }),
      el('th', { scope: 'row' }, [label]),
      el('td', {}, [recorded(slot.recorded)]),
      ...['what', 'backend', 'precision', 'source'].map((name) => el('td', { class: `slot-${name}` }, [parts[name]])),
      parts.reference, parts.candidate,
    ]);
    watchRow(tr, i);
    const open = () => card.show(slot, label, node);
    label.addEventListener('pointerenter', open);
    label.addEventListener('focus', () => label.matches(':focus-visible') && open());
    label.addEventListener('pointerleave', card.hide);
    label.addEventListener('blur', card.hide);
    label.addEventListener('keydown', (event) => event.key === 'Escape' && card.hide());
    return { name: slot.name, node: slot, tr, parts };
  }

  function watchRow(tr, i) {
    tr.addEventListener('pointerenter', () => markEdges(svg, i));
    tr.addEventListener('pointerleave', () => markEdges(svg, null));
  }

  // The choices as the store has them.
  function update() {
    const { present, choices } = getStore();
    for (const { node: slot, tr, parts } of rows) {
      if (slot === null) continue;
      const chosen = choices.per_node[slot.name] ?? {};
      const swap = swapAt(choices.swaps, slot.name)?.key ?? '';
      const wide = choices.swaps.filter(({ key: name, places }) => places === null && (slot.swaps ?? []).includes(name));
      parts.what.show(whatEntries(slot, wide.map(({ key: name }) => titleOf(name))), swap ? `swap:${swap}` : chosen.implementation ? `own:${chosen.implementation}` : '');
      parts.backend.show(
        [{ value: '', text: present.backend }, ...lab.backends.map(backendEntry)], chosen.backend ?? '');
      parts.precision.show(
        [{ value: '', text: present.precision }, ...lab.precisions.map((name) => ({ value: name, text: name }))],
        chosen.precision ?? '');
      parts.source.show([{ value: '', text: 'from this run' }, ...sourceEntries(slot, present.step)], chosen.source ?? '');
      parts.source.title = `${slot.label} reads ${slot.inputs.join(', ')}: as this run computed it, or as a trace recorded it at step ${present.step}.`;
      for (const name of ['what', 'backend', 'precision', 'source']) {
        parts[name].classList.toggle('lab-changed', parts[name].value !== '');
      }
      parts.what.classList.toggle('lab-implied', wide.length > 0);
      parts.what.title = lab.swaps.find((entry) => entry.key === swap)?.change ?? '';
      tr.classList.toggle('slot-changed', parts.what.value !== '' || wide.length > 0 || Object.keys(chosen).length > 0);
    }
  }

  const titleOf = (name) => lab.swaps.find((entry) => entry.key === name)?.title ?? name;

  // A trace that recorded nothing of what the slot reads says so.
  function sourceEntries(slot, step) {
    return lab.slot_sources.map(({ key: value, title }) => {
      const recorded = slot.sources[value].includes(step);
      return { value, text: recorded ? title : `${title} (not recorded)`, disabled: !recorded };
    });
  }

  // `implied`: mistakes that the whole block makes.
  function whatEntries(slot, implied) {
    const faults = lab.swaps.filter(({ key: name }) => (slot.swaps ?? []).includes(name));
    const own = lab.implementations.filter(({ key: name }) => slot.implementations.includes(name));
    const group = (name, entries) => (entries.length > 0 ? [{ group: name, entries }] : []);
    return [
      { value: '', text: implied.join(' + ') || 'as the architecture' },
      ...group('known mistakes', faults.map((f) => ({ value: `swap:${f.key}`, text: f.title, title: f.change }))),
      ...group('your implementations', own.map((o) => ({ value: `own:${o.key}`, text: o.title }))),
    ];
  }

  function paint() {
    if (look === null) return;
    for (const { node: slot, parts } of rows) {
      if (slot === null) continue;
      for (const side of SIDES) showError(parts[side], outcome?.get(slot.name)?.[`error_${side}`], look);
    }
    const dots = rows.map(({ name, node: slot }) => ({
      outside: slot === null,
      colour: slot === null ? null : errorColour(outcome?.get(name)?.[`error_${coloured}`], look),
    }));
    const top = table.offsetTop;
    drawGraph(svg, graph, rows.map(({ tr }) => top + tr.offsetTop + tr.offsetHeight / 2), dots);
  }

  return {
    node,
    show,
    update,
    /** Show the errors of a run, or with null none. */
    results(nodes) {
      outcome = nodes && new Map(nodes.map((entry) => [entry.name, entry]));
      paint();
    },
    draw(theme, luts) {
      look = { theme, luts };
      if (block !== null) paint();
    },
  };
}

function readWhat(value) {
  if (value.startsWith('swap:')) return { swap: value.slice(5) };
  return value.startsWith('own:') ? { implementation: value.slice(4) } : {};
}

/** Return the entry of a backend; one that is missing says why. */
export function backendEntry({ name, reason }) {
  return { value: name, text: reason ? `${name} (${reason})` : name, disabled: Boolean(reason) };
}

function recorded(side) {
  const has = { both: [true, true], reference: [true, false], candidate: [false, true] }[side] ?? [false, false];
  const title = `recorded ${RECORDED[side] ?? side}`;
  return el('span', { class: 'slot-recorded', title, role: 'img', 'aria-label': title },
    SIDES.map((name, i) => el('i', { class: has[i] ? `slot-has slot-has-${name}` : 'slot-has' })));
}

function errorColour(error, { theme, luts }) {
  const value = asNumber(error?.relative_l2);
  if (value === null) return null;
  if (Number.isNaN(value)) return theme.nan;
  const log10 = value > 0 ? Math.log10(value) : ERROR_RANGE.low;
  return cssOf(luts.error, Math.min(ERROR_RANGE.high, Math.max(ERROR_RANGE.low, log10)), ERROR_RANGE.low, ERROR_RANGE.high);
}

function showError(cell, error, look) {
  if (!error) {
    setText(cell, '–');
    cell.title = '';
    return;
  }
  const ratio = asNumber(error.floor_ratio);
  cell.title = `relative L2 ${numberText(error.relative_l2)}, largest difference ${numberText(error.max_abs)}` +
    (ratio === null ? '' : `, ${numberText(ratio, 3)} times the noise floor`);
  fill(cell, [
    el('span', { class: 'slot-ratio', text: timesText(ratio) }), ' ',
    el('span', { text: errorNumber(error.relative_l2) }),
    el('i', { class: 'slot-chip', style: { background: errorColour(error, look) } }),
  ]);
}

function line(kind) {
  return el('i', { class: `slot-line slot-line-${kind}` });
}
