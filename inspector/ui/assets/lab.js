// Block lab: run one block again with parts swapped, on the inputs that the traces recorded.

import { askJson, fetchJson, isAbort, runUrl } from './api.js';
import { createCheckpointHelp } from './checkpoint_help.js';
import { loadLuts } from './colours.js';
import { el, fill, isTyping } from './dom.js';
import { createLabBar } from './lab_bar.js';
import { createExport } from './lab_export.js';
import { createLabResult } from './lab_result.js';
import { labOf } from './lab_state.js';
import { createLabMap } from './labmap.js';
import { createSlots } from './slots.js';
import { startWidget } from './widget.js';

const POLL_MS = 400;
const IDLE = 'Choose what to swap, then run the block.';
const STALE = 'Not run yet with these choices.';

/** Mount the lab; value: JSON {run}. */
export function mount(root, props, { watch }) {
  let run = null;
  let lab = null; // the payload of lab.json
  let store = null;
  let block = null; // the payload of the chosen block
  let luts = null;
  let running = null; // {run, controller, request}
  let loading = null;
  let heard = null; // ends the subscription of the store before

  const help = createCheckpointHelp('The block lab');
  const facts = el('div', { class: 'lab-facts' });
  const widget = startWidget(root, props, watch, {
    kind: 'lab', empty: 'Open two traces to take a block apart.', load, draw,
  });
  const { signal } = widget;
  const map = createLabMap((name, step) => store.change({ block: name, step }), signal);
  const exports = createExport();
  const bar = createLabBar({
    run: () => start(), cancel: () => cancel(), undo: () => store.undo(), redo: () => store.redo(),
    reset: () => store.reset(), choose: (values) => store.change(values),
    everywhere: (key) => store.addEverywhere(key), remove: (key) => store.removeSwap(key),
  }, exports.buttons);
  const slots = createSlots(() => store);
  const problem = el('p', { class: 'insm-message insm-error', role: 'alert', hidden: true });
  const result = createLabResult(() => loadLuts({ signal }), signal);
  const setup = el('section', { class: 'lab-setup', 'aria-label': 'What runs' }, [
    bar.head, bar.node, exports.node, problem, slots.node,
  ]);
  const bench = el('div', { class: 'lab-bench' }, [facts, el('div', { class: 'lab-columns' }, [map.node, setup]), result.node]);
  fill(widget.body, help.node, bench);

  async function load({ run: next }, loadSignal) {
    if (next !== run) abandon();
    run = next;
    const telling = setInterval(() => tellOpening(next, loadSignal), POLL_MS);
    const [payload, tables] = await Promise.all([
      fetchJson(runUrl(run, 'lab.json'), { signal: loadSignal }), loadLuts({ signal: loadSignal }),
    ]).finally(() => clearInterval(telling));
    luts = tables;
    help.show(payload.available ? null : payload.reason || 'No checkpoint is given.', Boolean(payload.checkpoint));
    bench.hidden = !payload.available;
    if (!payload.available) {
      [lab, store] = [null, null];
      return null;
    }
    lab = payload;
    fill(facts, checkpointFacts(lab));
    map.show(lab);
    store = labOf(run);
    store.begin(map.worst());
    heard?.abort();
    heard = new AbortController();
    store.subscribe(changed, AbortSignal.any([heard.signal, signal]));
    block = null;
    await fetchBlock();
    changed();
    return null;
  }

  // The map of a large decoder takes its time: say how far it is.
  async function tellOpening(of, loadSignal) {
    const status = await askJson(runUrl(of, 'lab/opening'), { signal: loadSignal }).catch(() => null);
    if (status?.state !== 'running' || !status.stage || root.dataset.state !== 'loading' || loadSignal.aborted) return;
    widget.say(`${status.stage}${status.total > 1 ? `, ${status.done} of ${status.total}` : ''} …`);
  }

  // Something was chosen: in here, by undo, or in the culprit search.
  function changed() {
    if (lab === null) return;
    const { present } = store;
    map.select(present.block, present.step);
    if (block?.block !== present.block) fetchBlock();
    bar.show(lab, store, block, here());
    if (block !== null) slots.update();
    showOutcome();
    widget.redraw();
  }

  async function fetchBlock() {
    const wanted = store.present.block;
    loading?.abort();
    loading = new AbortController();
    const both = AbortSignal.any([loading.signal, signal]);
    try {
      const payload = await fetchJson(runUrl(run, `lab/block/${encodeURIComponent(wanted)}.json`), { signal: both });
      if (both.aborted || store.present.block !== wanted) return;
      block = payload;
      problem.hidden = true;
      slots.node.hidden = false;
      slots.show(lab, block);
      changed();
    } catch (error) {
      if (isAbort(error) || both.aborted) return;
      block = { block: wanted, nodes: [], edges: [] };
      problem.textContent = error.message;
      problem.hidden = false;
      slots.node.hidden = true;
    }
  }

  function here() {
    const row = lab.blocks.findIndex(({ name }) => name === store.present.block);
    const column = lab.steps.indexOf(store.present.step);
    const { kind = '', label } = lab.blocks[row] ?? {};
    const path = label === store.present.block ? '' : store.present.block;
    const verdict = lab.map.verdict?.[row]?.[column];
    return [path, kind, verdict ? `verdict of the map: ${verdict}` : ''].filter(Boolean).join(' · ');
  }

  function showOutcome() {
    const known = store.result(store.request());
    exports.show(known);
    slots.results(known?.nodes ?? null);
    if (known !== null) result.show(run, known, widget.redraw);
    result.stale(known === null);
    root.dataset.fresh = String(known !== null);
    if (running !== null) return;
    if (known !== null) bar.say({ state: 'done', text: told(known), notes: known.notes, seconds: known.seconds });
    else bar.say({ state: 'stale', text: store.untouched && !store.canUndo ? IDLE : STALE });
  }

  async function start() {
    if (running !== null || store === null) return;
    const mine = { run, store, request: store.request(), controller: new AbortController() };
    running = mine;
    bar.say({ state: 'running', text: 'Running …' });
    const poll = setInterval(() => follow(mine), POLL_MS);
    let failure = null;
    try {
      const answer = await askJson(runUrl(run, 'lab/run'), {
        method: 'POST', body: mine.request, signal: AbortSignal.any([mine.controller.signal, signal]),
      });
      if (answer.cancelled) mine.cancelled = true;
      else mine.store.keep(mine.request, answer);
    } catch (error) {
      failure = error;
    }
    clearInterval(poll);
    if (running !== mine) return;
    running = null;
    if (signal.aborted) return;
    changed();
    if (mine.cancelled) bar.say({ state: 'stale', text: 'Cancelled. Your choices are kept.' });
    else if (failure !== null) bar.say({ state: 'failed', text: failure.message });
  }

  async function follow(mine) {
    try {
      const status = await askJson(runUrl(mine.run, 'lab/run'), { signal: mine.controller.signal });
      if (running !== mine || status.state !== 'running') return;
      const counted = status.total > 1 ? `, ${status.done} of ${status.total}` : '';
      bar.say({ state: 'running', text: `${status.stage || 'Running'}${counted} …`, done: status.done, total: status.total });
    } catch {
      // The answer of the run itself will tell.
    }
  }

  function cancel() {
    if (running === null) return;
    running.cancelled = true;
    bar.say({ state: 'running', text: 'Cancelling …' });
    askJson(runUrl(running.run, 'lab/run'), { method: 'DELETE' }).catch(() => {});
  }

  // Another pair is open now: nobody waits for this run any more.
  function abandon() {
    if (running === null) return;
    cancel();
    running.controller.abort();
    running = null;
  }

  function draw() {
    if (lab === null) return;
    const theme = widget.theme();
    slots.draw(theme, luts);
    const room = setup.offsetHeight - 150;
    map.draw(theme, luts, Math.max(300, Math.min(640, room)));
    result.draw(theme);
  }

  const visible = () => lab !== null && !widget.body.hidden && root.getClientRects().length > 0;
  window.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !visible()) return;
    const outside = !root.contains(event.target) && isTyping(event.target);
    if (event.key === 'Enter' && !outside) start();
    else if (event.key.toLowerCase() === 'z' && !isText(event.target)) {
      if (event.shiftKey) store.redo();
      else store.undo();
    } else return;
    event.preventDefault();
  }, { signal });
  signal.addEventListener('abort', () => running?.controller.abort());
}

// A select takes no text, so undo in it means the history of choices.
function isText(target) {
  return isTyping(target) && !(target instanceof HTMLSelectElement);
}

function told(result) {
  return String(result.sentence ?? '') || 'Done.';
}

function checkpointFacts({ checkpoint, notes = [], map }) {
  if (!checkpoint) return [];
  const { config = {} } = checkpoint;
  const remarks = [...new Set([...(checkpoint.problems ?? []), ...notes, ...(map.notes ?? [])])];
  const shape = [
    config.channels ? `${[config.channels].flat().join(' and ')} channels` : '',
    config.heads ? `${config.heads} heads of ${config.head_width}` : '',
    config.mid_blocks === undefined ? '' : `${config.mid_blocks} mid block${config.mid_blocks === 1 ? '' : 's'}`,
    config.causal === undefined ? '' : config.causal ? 'causal' : 'not causal',
  ].filter(Boolean).join(', ');
  return [
    el('span', { class: 'ins-muted', text: 'Checkpoint' }),
    el('b', { text: checkpoint.label ?? checkpoint.path, title: checkpoint.path }),
    el('span', { class: 'ins-muted', text: shape }),
    remarks.length === 0 ? null : el('details', { class: 'lab-problems' }, [
      el('summary', { text: remarks.length === 1 ? '! 1 remark' : `! ${remarks.length} remarks` }),
      el('ul', {}, remarks.map((text) => el('li', { text }))),
    ]),
  ];
}
