// What the user chose: the list, undo, apply with its progress, and the mapping file.

import { on } from './bus.js';
import { el, fill, setText } from './dom.js';
import { stateBadge } from './format.js';
import { changesBetween } from './match_model.js';

const MOST_SHOWN = 200;

/**
 * Return {node, show}.  Calls: `undo()`, `discard()`, `remove(choice)`, `apply()`,
 * `download(allPairs)`, which returns a promise.
 */
export function createMatchChoices({ undo, discard, remove, apply, download, signal }) {
  let busy = false;
  let state = null; // {data, choices, canUndo, verdict}

  const verdict = el('span', { class: 'match-verdict' });
  const title = el('b', { title: 'Opening the pair anew starts without them; the downloaded mapping brings them back' });
  const fromFile = el('span', { class: 'ins-muted' });
  const list = el('ul', { class: 'match-list' });
  const button = (text, hint, action, kind = '') => el('button', { type: 'button', class: `ins-button ${kind}`, text, title: hint, on: { click: action } });
  const applied = button('Apply', 'Compare again with these pairs', () => apply(), 'match-primary');
  const back = button('Undo', 'Take the last choice back', () => undo());
  const none = button('Discard', 'Back to the choices that are applied', () => discard());
  const all = el('input', { type: 'checkbox', on: { change: () => refresh() } });
  const save = button('Download mapping', '', () => fetchFile());
  const bar = el('div', { class: 'ins-status-bar' });
  const told = el('span', { class: 'ins-status-text', role: 'status' });
  // Gradio's own button: it ends what the server does for this page.
  const stop = button('Cancel', 'What is open stays as it is', () => document.getElementById('ins-cancel')?.click());
  const strip = el('div', { class: 'ins-status match-progress', hidden: true }, [bar, told, stop]);
  const node = el('div', { class: 'match-choices' }, [
    el('div', { class: 'match-choices-head' }, [
      verdict, title, fromFile,
      el('span', { class: 'match-right' }, [applied, back, none,
        el('label', { class: 'ins-toggle', title: 'Otherwise only what you chose' }, [all, 'all pairs']), save]),
    ]),
    list, strip,
  ]);

  const show = (next) => {
    state = next;
    refresh();
  };

  const refresh = () => {
    if (state === null) return;
    const { data, choices, canUndo } = state;
    const changes = changesBetween(choices, data.overrides);
    setText(title, choices.length === 0 ? 'Nothing chosen by hand' : `Chosen by you: ${choices.length}`);
    setText(fromFile, data.mapping_file ? `and ${data.mapping_file.entries} from ${data.mapping_file.name}` : '');
    setText(applied, changes > 1 ? `Apply ${changes} changes` : changes === 1 ? 'Apply 1 change' : 'Apply');
    applied.disabled = busy || changes === 0;
    back.disabled = busy || !canUndo;
    none.disabled = busy || changes === 0;
    save.disabled = !all.checked && choices.length === 0 && !data.mapping_file;
    save.title = save.disabled ? 'Choose a pair first, or tick “all pairs”' : 'For “inspector diff REFERENCE CANDIDATE --map FILE”';
    fill(verdict, state.verdict ? ['Verdict: ', stateBadge(state.verdict.status)] : []);
    verdict.title = state.verdict?.sentence ?? '';
    const before = new Set(data.overrides.map((choice) => JSON.stringify(choice)));
    const gone = data.overrides.filter((choice) => !choices.some((c) => c[0] === choice[0]));
    list.hidden = choices.length + gone.length === 0;
    fill(list, [
      ...choices.slice(0, MOST_SHOWN).map((choice) => entry(choice, before.has(JSON.stringify(choice)) ? '' : 'not applied yet')),
      ...gone.slice(0, MOST_SHOWN).map((choice) => entry(choice, 'taken back, not applied yet', true)),
      choices.length > MOST_SHOWN ? el('li', { class: 'ins-muted', text: `and ${choices.length - MOST_SHOWN} more` }) : null,
    ]);
  };

  const entry = (choice, hint, isGone = false) => {
    const [reference, candidate, axes] = choice;
    const { data } = state;
    const name = data.reference.names[reference];
    const text = candidate === null ? `${name}: no partner` : `${name} ↔ ${data.candidate.names[candidate]}${axes ? `, axes ${axes.join(' ')}` : ''}`;
    return el('li', { class: `match-entry${isGone ? ' match-gone' : ''}${hint ? ' match-new' : ''}` }, [
      el('span', { class: 'match-entry-text', text, title: text }),
      hint ? el('span', { class: 'ins-note', text: hint }) : null,
      isGone ? null : el('button', {
        type: 'button', class: 'ins-plain', text: '✕', title: 'Remove this choice', 'aria-label': `Remove ${text}`,
        on: { click: () => remove(choice) },
      }),
    ]);
  };

  const say = (text, failed = false) => {
    strip.hidden = text === '';
    strip.dataset.state = failed ? 'failed' : '';
    setText(told, text);
  };

  async function fetchFile() {
    try {
      const text = await download(all.checked);
      const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
      el('a', { href: address, download: 'names.yaml' }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      bar.hidden = stop.hidden = true;
      say(`The mapping was not made: ${error.message}`, true);
    }
  }

  on('opening', ({ state: now, text, done, total }) => {
    const was = busy;
    busy = now === 'busy';
    bar.hidden = stop.hidden = !busy;
    const known = busy && total > 1;
    bar.style.setProperty('--share', known ? `${(100 * done) / total}%` : '0%');
    bar.classList.toggle('ins-unknown', busy && !known);
    if (busy) say(`${text} …`);
    else if (was || now === 'failed') say(now === 'done' ? '' : text, now === 'failed');
    if (was !== busy) refresh();
  }, { signal });

  return { node, show };
}
