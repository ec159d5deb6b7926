// Culprit: let the inspector find which known mistake makes the candidate's numbers.

import { askJson, isAbort, runUrl } from './api.js';
import { createCheckpointHelp } from './checkpoint_help.js';
import { el, fill, setText } from './dom.js';
import { openInLab } from './open_in_lab.js';
import { createSuspects } from './suspects.js';
import { startWidget } from './widget.js';

const POLL_MS = 300;
const WHAT = 'Goes through inputs, weights, health, steps and blocks in this order, rules out what ' +
  'agrees, then lets the reference make every known mistake at the suspected place, one at a time ' +
  'and in pairs, and says which one gives the candidate’s numbers.';

/** Mount the search; value: JSON {run}. */
export function mount(root, props, { watch }) {
  let run = null;
  let job = null; // {key, ends}: the search that is followed

  const help = createCheckpointHelp('The culprit search');
  const find = el('button', { type: 'button', class: 'insm-button lab-run', text: 'Find the culprit', on: { click: () => start() } });
  const cancel = el('button', { type: 'button', class: 'insm-button lab-cancel', text: 'Cancel', hidden: true, on: { click: () => stop() } });
  const stage = el('span', { class: 'culprit-stage', role: 'status' });
  const count = el('span', { class: 'ins-muted ins-number' });
  const bar = el('i', {});
  const progress = el('div', { class: 'culprit-progress', hidden: true }, [
    el('span', { class: 'culprit-track', role: 'progressbar', 'aria-label': 'search' }, [bar]), stage, count,
  ]);
  const verdict = el('p', { class: 'culprit-verdict', role: 'status', hidden: true });
  const next = el('div', { class: 'culprit-next', hidden: true });
  const suspects = createSuspects((suspect) => openInLab(run, suspect));
  const log = el('ol', { class: 'culprit-log' });
  const logBox = el('section', { class: 'culprit-side', hidden: true, 'aria-label': 'What was ruled out' }, [
    el('h4', { text: 'What was looked at' }), log,
  ]);
  const widget = startWidget(root, props, watch, {
    kind: 'culprit', empty: 'Open two traces to search for the culprit.', load, draw: () => {},
  });
  const bench = el('div', { class: 'culprit-bench' }, [
    el('div', { class: 'insm-bar culprit-head' }, [find, cancel, el('span', { class: 'culprit-what ins-muted', text: WHAT })]),
    progress, verdict,
    el('div', { class: 'culprit-columns' }, [el('div', { class: 'culprit-main' }, [suspects.node, next]), logBox]),
  ]);
  fill(widget.body, help.node, bench);

  async function load({ run: opened }, signal) {
    if (opened !== run) forget();
    run = opened;
    const newest = await askJson(runUrl(run, 'culprit'), { signal });
    help.show(newest.available ? null : 'No checkpoint is given.');
    bench.hidden = !newest.available;
    // The page was loaded again, or a second page shows the same pair.
    if (newest.job && job === null) {
      show(newest);
      if (newest.state === 'running') follow(newest.job);
    }
    return null;
  }

  function forget() {
    job?.ends.abort();
    job = null;
    show({ state: 'idle' });
  }

  async function start() {
    if (job !== null) return;
    const mine = run;
    show({ state: 'running', stage: 'Starting' });
    try {
      const { job: key } = await askJson(runUrl(mine, 'culprit'), { method: 'POST', signal: widget.signal });
      if (run === mine) follow(key);
    } catch (error) {
      if (!isAbort(error) && run === mine) show({ state: 'failed', sentence: error.message });
    }
  }

  async function follow(key) {
    const mine = { key, ends: new AbortController() };
    job = mine;
    const signal = AbortSignal.any([mine.ends.signal, widget.signal]);
    const address = runUrl(run, `culprit/${encodeURIComponent(key)}`);
    try {
      for (;;) {
        const status = await askJson(address, { signal });
        if (job !== mine) return;
        show(status);
        if (status.state !== 'running') break;
        await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      }
    } catch (error) {
      if (isAbort(error) || job !== mine) return;
      show({ state: 'failed', sentence: error.message });
    }
    if (job === mine) job = null;
  }

  async function stop() {
    if (job === null) return;
    setText(stage, 'Cancelling …');
    try {
      const status = await askJson(runUrl(run, `culprit/${encodeURIComponent(job.key)}`), { method: 'DELETE', signal: widget.signal });
      job?.ends.abort();
      job = null;
      show(status);
    } catch (error) {
      if (!isAbort(error)) show({ state: 'failed', sentence: error.message });
    }
  }

  function show(status) {
    root.dataset.search = status.state;
    const running = status.state === 'running';
    find.hidden = running;
    setText(find, status.state === 'idle' ? 'Find the culprit' : 'Search again');
    cancel.hidden = !running;
    progress.hidden = !running;
    setText(stage, running ? `${status.stage || 'Working'} …` : '');
    setText(count, status.total > 1 ? `${status.done} of ${status.total}` : '');
    bar.style.width = status.total > 1 ? `${(100 * status.done) / status.total}%` : '0%';
    const told = status.log ?? [];
    logBox.hidden = told.length === 0;
    if (log.childElementCount !== told.length) fill(log, told.map((text) => el('li', { text })));
    suspects.show(status.suspects ?? []);
    conclude(status);
  }

  function conclude(status) {
    const { state, healthy, sentence } = status;
    const found = (status.suspects ?? []).length > 0;
    const [tone, icon, word] = {
      failed: ['fail', '✗', 'The search failed'],
      cancelled: ['note', '!', 'Cancelled'],
      done: healthy ? ['ok', '✓', 'Healthy'] : found ? ['fail', '✗', 'Culprit found'] : ['note', '!', 'Nothing explains it'],
    }[state] ?? ['none', '', ''];
    verdict.hidden = word === '';
    verdict.dataset.tone = tone;
    verdict.setAttribute('role', state === 'failed' ? 'alert' : 'status');
    const rest = state === 'cancelled' ? 'What was found until then is shown below.' : sentence;
    fill(verdict, el('span', { class: 'ins-icon', 'aria-hidden': 'true', text: icon }), el('b', { text: word }), el('span', { text: rest ?? '' }));
    const places = state === 'done' && !healthy ? status.next ?? (status.unexplained ?? []).slice(0, 8) : [];
    next.hidden = places.length === 0;
    fill(next, el('h4', { text: 'Where to look next' }), el('ul', {}, places.map(place)));
  }

  function place(entry) {
    const { sentence, block, where, step } = typeof entry === 'string' ? { sentence: entry, where: entry } : entry;
    return el('li', {}, [
      el('span', { text: sentence }),
      block || where ? el('button', {
        type: 'button', class: 'insm-button', text: 'Open in the lab', on: { click: () => openInLab(run, { block, where, step, swaps: [] }) },
      }) : null,
    ]);
  }

  widget.signal.addEventListener('abort', () => job?.ends.abort());
}
