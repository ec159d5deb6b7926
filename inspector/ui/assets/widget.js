// The life of one widget: value, loading, drawing when visible, and leaving without a trace.

import { isAbort } from './api.js';
import { el, fill, setText } from './dom.js';
import { onThemeChange, readTheme } from './theme.js';

const NARROW_PX = 760;

/**
 * Start a widget in `root` and return {signal, body, theme, redraw, reload, say, busy}.
 *
 * `load(value, signal)` fetches what `value` ({run, ...} or null) names and fills `body`; it may
 * return a sentence that is shown instead of the body.  `draw()` paints; it runs once per frame
 * at most, and only while the widget has a width: Gradio mounts widgets in hidden tabs.
 */
export function startWidget(root, props, watch, { kind, empty, load, draw }) {
  root.inspectorWidget?.abort(); // mounted again in the same element
  const life = new AbortController();
  root.inspectorWidget = life;
  const { signal } = life;
  let loading = null;
  let frame = 0;
  let theme = null;

  const body = el('div', { class: 'insm-body', hidden: true });
  const message = el('p', { class: 'insm-message', role: 'status' });
  root.classList.add('insm', `insm-${kind}`);
  fill(root, message, body);

  const redraw = () => {
    if (frame !== 0 || signal.aborted) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (signal.aborted || body.hidden || root.clientWidth === 0) return;
      root.classList.toggle('insm-narrow', root.clientWidth < NARROW_PX);
      draw();
    });
  };
  const say = (sentence, isError = false) => {
    setText(message, sentence ?? '');
    message.hidden = !sentence;
    message.classList.toggle('insm-error', isError);
    body.hidden = Boolean(sentence);
  };
  const reload = async (extra = {}) => {
    loading?.abort();
    loading = new AbortController();
    const mine = loading;
    const value = readValue(props.value);
    root.dataset.state = 'loading';
    if (value === null) body.hidden = true;
    if (body.hidden) say(value === null ? empty : 'Loading …');
    try {
      const both = AbortSignal.any([mine.signal, signal]);
      const sentence = value === null ? empty : await load(value, both, extra);
      if (mine.signal.aborted || signal.aborted) return;
      say(sentence);
      root.dataset.state = sentence ? 'empty' : 'ready';
      redraw();
    } catch (error) {
      if (isAbort(error) || mine.signal.aborted || signal.aborted) return;
      console.warn(error);
      say(error.name === 'ApiError' ? error.message : `This part of the page failed: ${error}`, true);
      root.dataset.state = 'error';
    }
  };

  const resized = new ResizeObserver(redraw);
  resized.observe(root);
  window.addEventListener('resize', redraw, { signal }); // also fires when the pixel ratio changes
  const recolour = () => {
    theme = null;
    redraw();
  };
  onThemeChange(recolour, signal);
  const gone = endWhenRemoved(root, life);
  signal.addEventListener('abort', () => {
    loading?.abort();
    cancelAnimationFrame(frame);
    resized.disconnect();
    gone.disconnect();
  });
  watch?.('value', () => signal.aborted || reload());
  queueMicrotask(reload); // after the caller has what this function returns
  return { signal, body, redraw, reload, say, theme: () => (theme ??= readTheme(root)) };
}

// Gradio has no unmount hook.  A widget that is only moved is back within the same task.
function endWhenRemoved(root, life) {
  let wasThere = root.isConnected;
  const observer = new MutationObserver(() => {
    if (root.isConnected) wasThere = true;
    else if (wasThere) setTimeout(() => root.isConnected || life.abort(), 100);
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
  return observer;
}

/** Return {run, ...} from a JSON string, or null where nothing is open. */
function readValue(text) {
  if (typeof text !== 'string' || text === '') return null;
  try {
    const value = JSON.parse(text);
    return typeof value?.run === 'string' && value.run !== '' ? value : null;
  } catch {
    return null;
  }
}
