// The tab Match: which tensors belong together, what was assumed, and pairing them anew.

import { askText, fetchJson, runUrl } from './api.js';
import { emit, newSource } from './bus.js';
import { el, fill, setAttribute, setText } from './dom.js';
import { stateBadge } from './format.js';
import { createMatchBar } from './match_bar.js';
import { createMatchChoices } from './match_choices.js';
import { FILTERS, makeRows, sameChoices, selectRows, withChoice } from './match_model.js';
import { createMatchTable } from './match_table.js';
import { createSelect } from './select.js';
import { showTab } from './tabs.js';
import { startWidget } from './widget.js';

const MOST_UNDONE = 100;

/** Mount the tab; value: JSON {run}; with `pairs`, the choices, it asks to be compared anew. */
export function mount(root, props, { trigger, watch }) {
  const source = newSource('match');
  const query = { typed: '', asRegex: false, filter: 'all', rule: '' };
  let run = '';
  let data = null;
  let verdict = null;
  let choices = [];
  let before = []; // choices to go back to
  let sent = null; // choices that are being applied
  let rows = [];
  let picked = { reference: null, candidate: null };

  const load = async ({ run: wanted }, signal) => {
    const [match, summary] = await Promise.all([
      fetchJson(runUrl(wanted, 'match.json'), { signal }),
      fetchJson(runUrl(wanted, 'summary.json'), { signal }),
    ]);
    // Places mean the same tensors only in the same listing.
    const again = data?.listing === match.listing;
    if (!again) before = [];
    // What was chosen while the comparison ran stays; what was not applied can be had back.
    const kept = again && sent !== null && !sameChoices(choices, sent);
    if (again && !kept && !sameChoices(choices, match.overrides)) before = [...before, choices];
    [run, data, verdict, choices] = [wanted, match, summary.verdict, kept ? choices : match.overrides];
    sent = null;
    picked = { reference: null, candidate: null };
    showFindings();
    recount(!again);
    return null;
  };

  const change = (next) => {
    if (sameChoices(next, choices)) return;
    before = [...before, choices].slice(-MOST_UNDONE);
    choices = next;
    picked = { reference: null, candidate: null };
    recount();
  };

  /** Everything anew from `data` and `choices`. */
  const recount = (top = false) => {
    rows = makeRows(data, choices);
    const rules = new Map();
    for (const { rule } of rows) if (rule) rules.set(rule, (rules.get(rule) ?? 0) + 1);
    if (!rules.has(query.rule)) query.rule = '';
    rule.show([{ value: '', text: 'any rule' }, ...[...rules].sort().map(([value, count]) => ({ value, text: `${value} (${count})` }))], query.rule);
    for (const [key, title, keep] of FILTERS) {
      const count = rows.filter((row) => keep(row, data)).length;
      setText(filters[key], `${title} ${count.toLocaleString('en-US')}`);
      filters[key].disabled = count === 0 && key !== 'all';
      if (filters[key].disabled && query.filter === key) query.filter = 'all';
    }
    refresh(top);
  };

  const refresh = (top = false) => {
    if (data === null) return;
    const found = selectRows(data, rows, query);
    setText(problem, found.error);
    setAttribute(input, 'aria-invalid', found.error !== '' && 'true');
    for (const [key] of FILTERS) setAttribute(filters[key], 'aria-pressed', query.filter === key ? 'true' : 'false');
    setText(count, `${found.rows.length.toLocaleString('en-US')} of ${rows.length.toLocaleString('en-US')} rows`);
    table.show(data, found.rows, picked, { top });
    bar.show({ run, data, choices, picked });
    list.show({ data, choices, verdict, canUndo: before.length > 0 });
  };

  const showFindings = () => {
    const plain = data.sentences.filter(({ status }) => status === 'none');
    const marked = data.sentences.filter(({ status }) => status !== 'none');
    const skipped = data.skipped.map(({ side, file, reason }) => ({ status: 'note', text: `Not read of the ${side}: ${file}. ${reason}` }));
    fill(findings, [...marked, ...skipped, ...plain].map(({ status, text }) =>
      el('li', {}, [status === 'none' ? null : stateBadge(status, { word: false }), el('span', { text })])));
  };

  const again = () => refresh(true);
  const findings = el('ul', { class: 'match-findings' });
  const input = el('input', {
    type: 'search', class: 'ins-filter', placeholder: 'Filter by name', spellcheck: 'false', 'aria-label': 'Filter pairs by name',
    on: { input: () => { query.typed = input.value; again(); } },
  });
  const regex = el('input', { type: 'checkbox', on: { change: () => { query.asRegex = regex.checked; again(); } } });
  const filters = Object.fromEntries(FILTERS.map(([key]) => [key, el('button', {
    type: 'button', class: 'insm-button', data: { filter: key }, on: { click: () => { query.filter = key; again(); } },
  })]));
  const rule = createSelect('Rule', (value) => { query.rule = value; again(); });
  const problem = el('span', { class: 'ins-error', role: 'alert' });
  const count = el('span', { class: 'ins-muted ins-count', role: 'status' });

  const widget = startWidget(root, props, watch, {
    kind: 'ui-match', empty: 'Nothing is open yet.', load, draw: () => table.draw(),
  });
  const table = createMatchTable({
    redraw: widget.redraw,
    pick: (side, place) => {
      picked = { ...picked, [side]: picked[side] === place ? null : place };
      refresh();
    },
    visit: (row) => {
      emit('select-row', { row, source });
      showTab('tensor', { scroll: true });
    },
  });
  const bar = createMatchBar({
    signal: widget.signal,
    drop: (side) => {
      picked = { ...picked, [side]: null };
      refresh();
    },
    choose: (wanted) => change(wanted.reduce(withChoice, choices)),
  });
  const list = createMatchChoices({
    signal: widget.signal,
    undo: () => {
      choices = before.at(-1) ?? choices;
      before = before.slice(0, -1);
      recount();
    },
    discard: () => change(data.overrides),
    remove: (choice) => change(choices.filter((other) => other !== choice)),
    apply: () => {
      sent = choices;
      props.value = JSON.stringify({ run, pairs: choices });
      trigger('select');
    },
    download: (allPairs) => askText(runUrl(run, 'match/mapping'), { pairs: choices, all_pairs: allPairs }, { signal: widget.signal }),
  });
  fill(widget.body,
    findings, bar.node, list.node,
    el('div', { class: 'ins-toolbar match-toolbar' }, [
      input, el('label', { class: 'ins-toggle', title: 'Read the filter as a regular expression' }, [regex, 'Regex']),
      el('div', { class: 'insm-group', role: 'group', 'aria-label': 'Which rows' }, Object.values(filters)),
      el('label', { class: 'match-axes-label' }, ['Rule ', rule]), problem, count,
    ]),
    table.node);
}
