// Hand movements over the mels: point, wheel, drag, keys.

import { wheelFactor } from './time_window.js';

const DRAG_PX = 4;

/**
 * Turn pointer, wheel and keyboard on `stage` into calls of `actions`.
 *
 * `geometry()`: {left, width} of the planes in CSS pixels.  `actions`: point(x, y, spoken),
 * leave(), seek(share), zoom(factor, share), pan(share), fit(), step(frames, bins).  A share is a
 * part of the visible width, 0 at its left edge.
 */
export function listen(stage, geometry, actions, signal) {
  let drag = null;
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    const { left, width } = geometry();
    const x = event.clientX - box.left;
    return { x, y: event.clientY - box.top, share: (x - left) / width, width };
  };
  const hear = (type, handler, options = {}) =>
    stage.addEventListener(type, handler, { signal, ...options });

  hear('pointerdown', (event) => {
    if (event.button !== 0) return;
    drag = { id: event.pointerId, from: event.clientX, last: event.clientX, moved: false };
    stage.setPointerCapture(event.pointerId);
    stage.focus({ preventScroll: true });
  });
  hear('pointermove', (event) => {
    const { x, y, width } = at(event);
    if (drag?.id === event.pointerId) {
      if (!drag.moved && Math.abs(event.clientX - drag.from) < DRAG_PX) return;
      drag.moved = true;
      stage.classList.add('insm-dragging');
      actions.pan((drag.last - event.clientX) / width);
      drag.last = event.clientX;
    }
    actions.point(x, y);
  });
  const release = (event) => {
    if (drag?.id !== event.pointerId) return;
    const { share } = at(event);
    const clicked = !drag.moved && event.type === 'pointerup';
    drag = null;
    stage.classList.remove('insm-dragging');
    if (clicked && share >= 0 && share <= 1) actions.seek(share);
  };
  hear('pointerup', release);
  hear('pointercancel', release);
  hear('pointerleave', () => drag === null && actions.leave());
  hear('dblclick', () => actions.fit());
  hear(
    'wheel',
    (event) => {
      const { x, y, share, width } = at(event);
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const changed = sideways
        ? actions.pan((event.deltaX || event.deltaY) / width)
        : actions.zoom(wheelFactor(event), Math.min(1, Math.max(0, share)));
      if (!changed) return; // nothing left to zoom: let the page scroll
      event.preventDefault();
      actions.point(x, y);
    },
    { passive: false },
  );
  hear('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = event.shiftKey
      ? {
          ArrowLeft: () => actions.step(-1, 0),
          ArrowRight: () => actions.step(1, 0),
          ArrowUp: () => actions.step(0, 1),
          ArrowDown: () => actions.step(0, -1),
          '+': () => actions.zoom(1 / 1.5, 0.5),
        }
      : {
          ArrowLeft: () => actions.pan(-0.1),
          ArrowRight: () => actions.pan(0.1),
          '+': () => actions.zoom(1 / 1.5, 0.5),
          '=': () => actions.zoom(1 / 1.5, 0.5),
          '-': () => actions.zoom(1.5, 0.5),
          0: () => actions.fit(),
          Escape: () => actions.leave(),
        };
    const action = keys[event.key];
    if (action === undefined) return;
    event.preventDefault(); // also tells the player that this arrow was not for it
    action();
  });
}
