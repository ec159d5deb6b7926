// What the user chose in the block lab, with its history.  No DOM here.
//
// One store per opened pair, outside of any widget: a tab that is left, drawn again or opened
// from the culprit search finds everything as it was.

const stores = new Map(); // run -> store, oldest first
const MAX_STORES = 8;
const MAX_HISTORY = 200;
const MAX_RESULTS = 24;

const FRESH = Object.freeze({
  block: null, step: null, rows: 'both', source: 'candidate', backend: 'torch',
  precision: 'float32', effect: false, choices: {},
});
const NOTHING = Object.freeze({ per_node: {}, swaps: [] });

/** Return the store of `run`. */
export function labOf(run) {
  let store = stores.get(run);
  if (store === undefined) {
    store = createStore();
    stores.set(run, store);
    if (stores.size > MAX_STORES) stores.delete(stores.keys().next().value);
  }
  return store;
}

function createStore() {
  let past = [];
  let present = FRESH;
  let future = [];
  const listeners = new Set();
  const results = new Map(); // text of a request -> what the server answered

  const tell = () => listeners.forEach((listener) => listener());
  const go = (next) => {
    if (JSON.stringify(next) === JSON.stringify(present)) return;
    past = [...past, present].slice(-MAX_HISTORY);
    present = next;
    future = [];
    tell();
  };
  const current = () => present.choices[present.block] ?? NOTHING;
  const choose = (change) =>
    go({ ...present, choices: { ...present.choices, [present.block]: { ...current(), ...change } } });

  const store = {
    get present() {
      return present;
    },
    /** {per_node, swaps} of the block that is chosen. */
    get choices() {
      return current();
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    /** True when nothing of the chosen block differs from the architecture. */
    get untouched() {
      return current().swaps.length === 0 && Object.keys(current().per_node).length === 0;
    },

    /** Complete what is not chosen yet; no step of the history. */
    begin(defaults) {
      const missing = Object.entries(defaults).filter(([name]) => present[name] === null);
      const known = Object.fromEntries(missing);
      present = { ...present, ...known };
      past = past.map((entry) => ({ ...entry, ...(entry.block === null ? known : {}) }));
    },

    /** Change block, step or what holds for the whole block. */
    change: (values) => go({ ...present, ...values }),

    /** Change one choice of one slot; an empty value means "as the block". */
    chooseSlot(node, name, value) {
      const slot = { ...(current().per_node[node] ?? {}) };
      if (value) slot[name] = value;
      else delete slot[name];
      const per_node = { ...current().per_node, [node]: slot };
      if (Object.keys(slot).length === 0) delete per_node[node];
      choose({ per_node });
    },

    /** Let `node` run `what`: {swap: key}, {implementation: key} or {} as the architecture. */
    chooseWhat(node, { swap, implementation }) {
      const slot = { ...(current().per_node[node] ?? {}) };
      delete slot.implementation;
      if (implementation) slot.implementation = implementation;
      const per_node = { ...current().per_node, [node]: slot };
      if (Object.keys(slot).length === 0) delete per_node[node];
      const swaps = withoutNode(current().swaps, node);
      choose({ per_node, swaps: swap ? withNode(swaps, swap, node) : swaps });
    },

    /** Apply the mistake `key` at every place of the block where it can be. */
    addEverywhere: (key) =>
      choose({ swaps: [...current().swaps.filter((swap) => swap.key !== key), { key, places: null }] }),

    removeSwap: (key) => choose({ swaps: current().swaps.filter((swap) => swap.key !== key) }),

    /** The chosen block as the architecture has it. */
    reset: () => choose(NOTHING),

    undo() {
      if (past.length === 0) return;
      future = [present, ...future];
      present = past.at(-1);
      past = past.slice(0, -1);
      tell();
    },

    redo() {
      if (future.length === 0) return;
      past = [...past, present];
      [present, ...future] = future;
      tell();
    },

    /** Load a suspect: {block, step, source, swaps}. */
    load({ block, step, source, swaps = [] }) {
      const chosen = { per_node: {}, swaps: swaps.map(({ key, places }) => ({ key, places: places ?? null })) };
      go({
        ...present, block, step: step ?? present.step, source: source ?? present.source,
        choices: { ...present.choices, [block]: chosen },
      });
    },

    /** The body that a run sends. */
    request() {
      const { block, step, rows, source, backend, precision, effect } = present;
      const { per_node, swaps } = current();
      return { block, step, rows, source, backend, precision, per_node, swaps, effect };
    },

    result: (request) => results.get(JSON.stringify(request)) ?? null,
    keep(request, result) {
      const key = JSON.stringify(request);
      results.delete(key);
      results.set(key, result);
      if (results.size > MAX_RESULTS) results.delete(results.keys().next().value);
    },

    subscribe(listener, signal) {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener));
    },
  };
  return store;
}

function withoutNode(swaps, node) {
  return swaps
    .map((swap) => (swap.places === null ? swap
      : { ...swap, places: swap.places.filter((place) => place !== node) }))
    .filter((swap) => swap.places === null || swap.places.length > 0);
}

function withNode(swaps, key, node) {
  const same = swaps.find((swap) => swap.key === key);
  if (same === undefined) return [...swaps, { key, places: [node] }];
  const places = same.places === null ? null : [...same.places, node];
  return swaps.map((swap) => (swap === same ? { key, places } : swap));
}

/** Return the swap that `node` shows, or null: one that names it. */
export function swapAt(swaps, node) {
  return swaps.find(({ places }) => places !== null && places.includes(node)) ?? null;
}
