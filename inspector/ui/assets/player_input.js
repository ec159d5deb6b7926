// Hand movements over the waveforms: click seeks, drag marks a loop, wheel zooms.

import { wheelFactor } from './time_window.js';

const DRAG_PX = 4;

/**
 * Turn pointer and wheel on `stage` into calls of `actions`.
 *
 * `box()`: {left, width} of the waveforms.  `actions`: seek(seconds), mark(start, end), clear(),
 * zoom(change) -> whether it changed, point(seconds or null).  Returns {dragging()}: the region
 * under the hand, or null.
 */
export function listenWaves(stage, box, view, actions, signal) {
  let drag = null; // {id, x, from, to, moved}
  const place = (event) => {
    const { left, width } = box();
    const share = (event.clientX - stage.getBoundingClientRect().left - left) / width;
    const seconds = view.start + share * view.span();
    return { share, seconds: Math.min(view.total, Math.max(0, seconds)), width };
  };
  const hear = (type, handler, options = {}) =>
    stage.addEventListener(type, handler, { signal, ...options });

  hear('pointerdown', (event) => {
    const { share, seconds } = place(event);
    if (event.button !== 0 || share < 0 || share > 1) return;
    drag = { id: event.pointerId, x: event.clientX, from: seconds, to: seconds, moved: false };
    stage.setPointerCapture(event.pointerId);
  });
  hear('pointermove', (event) => {
    const { share, seconds } = place(event);
    if (drag?.id === event.pointerId) {
      drag.moved ||= Math.abs(event.clientX - drag.x) >= DRAG_PX;
      drag.to = seconds;
    }
    actions.point(share >= 0 && share <= 1 ? seconds : null);
  });
  const release = (event) => {
    if (drag?.id !== event.pointerId) return;
    const { from, to, moved } = drag;
    drag = null;
    if (event.type !== 'pointerup') actions.point(null);
    else if (moved) actions.mark(Math.min(from, to), Math.max(from, to));
    else actions.seek(from);
  };
  hear('pointerup', release);
  hear('pointercancel', release);
  hear('pointerleave', () => drag === null && actions.point(null));
  hear('dblclick', () => actions.zoom(view.fit));
  hear(
    'wheel',
    (event) => {
      const { share, width } = place(event);
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const at = view.start + Math.min(1, Math.max(0, share)) * view.span();
      const pixels = event.deltaX || event.deltaY;
      const changed = actions.zoom(() =>
        sideways ? view.pan((pixels / width) * view.span()) : view.zoom(wheelFactor(event), at),
      );
      if (changed) event.preventDefault(); // else nothing is left to zoom: let the page scroll
    },
    { passive: false },
  );
  hear('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = (view.start + view.end) / 2;
    const keys = {
      Escape: actions.clear,
      '+': () => actions.zoom(() => view.zoom(1 / 1.5, middle)),
      '=': () => actions.zoom(() => view.zoom(1 / 1.5, middle)),
      '-': () => actions.zoom(() => view.zoom(1.5, middle)),
      0: () => actions.zoom(view.fit),
    };
    if (keys[event.key] === undefined) return;
    event.preventDefault();
    keys[event.key]();
  });
  return {
    dragging: () =>
      drag?.moved
        ? { start: Math.min(drag.from, drag.to), end: Math.max(drag.from, drag.to), on: true }
        : null,
  };
}
