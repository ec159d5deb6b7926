// The verdict in one sentence and seven tiles; each leads to its evidence.

import { fetchJson, runUrl } from './api.js';
import { emit, newSource, on } from './bus.js';
import { el, fill, isTyping, setText } from './dom.js';
import { stateOf } from './format.js';
import { closeOnLeave } from './popover.js';
import { showTab } from './tabs.js';
import { startWidget } from './widget.js';

const WORDS = {
  same: 'SAME',
  within_tolerance: 'WITHIN TOLERANCE',
  different: 'DIFFERENT',
  incomplete: 'INCOMPLETE',
};

/** Mount the summary; value: JSON {run}. */
export function mount(root, props, { watch }) {
  const source = newSource('summary');
  let first = null; // the first divergence of the run that is shown

  const icon = el('span', { class: 'ins-verdict-icon', 'aria-hidden': 'true' });
  const word = el('strong', { class: 'ins-verdict-word' });
  const sentence = el('span', { class: 'ins-verdict-sentence' });
  const sides = el('span', { class: 'ins-verdict-sides' });
  const notesList = el('ul', { class: 'ins-notes-list' });
  const notesLabel = el('summary', {});
  const notes = el('details', { class: 'ins-notes' }, [notesLabel, notesList]);
  const jump = el('button', {
    type: 'button', class: 'ins-verdict-jump', text: 'First divergence (f)',
    title: 'Show the first tensor that differs',
    on: { click: () => goToFirst() },
  });
  const verdict = el('div', { class: 'ins-verdict', role: 'status' }, [
    icon, word, sentence, sides, notes, jump,
  ]);
  const tiles = el('div', { class: 'ins-tiles' });

  const goToFirst = () => {
    if (typeof first?.row !== 'number') return;
    showTab('tensor', { scroll: true });
    emit('select-row', { row: first.row, source });
  };

  const load = async ({ run }, signal) => {
    const summary = await fetchJson(runUrl(run, 'summary.json'), { signal });
    const state = stateOf(summary.verdict.status);
    first = summary.verdict.first_divergence;
    verdict.dataset.tone = state.tone;
    setText(icon, state.icon);
    setText(word, WORDS[summary.verdict.status] ?? summary.verdict.status);
    setText(sentence, summary.verdict.sentence);
    sentence.title = summary.verdict.sentence;
    fill(sides, sideText('reference', summary.reference), sideText('candidate', summary.candidate));
    jump.hidden = typeof first?.row !== 'number';
    const remarks = summary.notes ?? [];
    notes.hidden = remarks.length === 0;
    notes.open = false;
    setText(notesLabel, remarks.length === 1 ? '1 note' : `${remarks.length} notes`);
    fill(notesList, remarks.map((text) => el('li', { text })));
    fill(tiles, summary.tiles.map((tile) => makeTile(tile)));
    remember(run);
  };

  const makeTile = (tile) => {
    const state = stateOf(tile.status);
    const go = () => {
      if (Number.isInteger(tile.row)) emit('select-row', { row: tile.row, source });
      showTab(tile.tab, { scroll: true });
    };
    return el(
      'button',
      {
        type: 'button', class: 'ins-tile', data: { tone: state.tone, key: tile.key },
        title: `${tile.title}: ${tile.detail} (${state.word})`, on: { click: go },
      },
      [
        el('span', { class: 'ins-tile-value' }, [
          el('span', { class: `ins-icon ins-${state.tone}`, 'aria-hidden': 'true', text: state.icon }),
          el('span', { class: 'ins-hidden', text: `${state.word}: ` }),
          el('span', { class: 'ins-tile-number', text: tile.value }),
        ]),
        el('span', { class: 'ins-tile-title', text: tile.title }),
        el('span', { class: 'ins-tile-detail', text: tile.detail }),
      ],
    );
  };

  const widget = startWidget(root, props, watch, {
    kind: 'ui-summary',
    empty: 'Nothing is open. Enter two paths above, reference first, and press Open.',
    load,
    draw: () => {},
  });
  fill(widget.body, verdict, tiles);
  closeOnLeave(widget.signal);

  window.addEventListener('keydown', (event) => {
    if (event.key !== 'f' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isTyping(event.target)) goToFirst();
  }, { signal: widget.signal });
  // A cell of the error map was chosen while another tab was in front.
  on('select-row', (detail) => {
    if (detail.source !== source) showTab('tensor');
  }, { signal: widget.signal });
}

function sideText(side, facts) {
  const framework = facts.framework || facts.label || side;
  return el('span', { class: `ins-side ins-${side}`, title: `${side}: ${facts.label ?? ''}` }, [
    el('span', { class: 'ins-dot', 'aria-hidden': 'true' }),
    el('span', { text: `${framework}, ${facts.tensors} tensors` }),
  ]);
}

/** Put the run into the address, so that a reload of the page shows it again at once. */
function remember(run) {
  const address = new URL(window.location.href);
  if (address.searchParams.get('run') === run) return;
  address.searchParams.set('run', run);
  window.history.replaceState(window.history.state, '', address);
}
