// Keys of the player, heard everywhere on the page except where somebody types.

import { isTyping } from './dom.js';

const STEP_S = 0.25;

// Elements to which the space bar, or an arrow, belongs while they have the focus.
const TAKES_SPACE = 'button, a[href], summary, input, [role="button"], [role="tab"], [role="checkbox"]';
const TAKES_ARROWS =
  '[role="tab"], [role="grid"], [role="listbox"], [role="menu"], [role="application"], [role="radiogroup"], input';

/** Act on key presses until `signal` aborts.  `visible()` says whether the player is on screen. */
export function listenKeys(actions, visible, signal) {
  const keys = {
    a: () => actions.choose(0),
    b: () => actions.choose(1),
    d: () => actions.choose(2),
    t: actions.toggleSide,
    l: actions.toggleLoop,
    ' ': actions.toggle,
    arrowleft: () => actions.step(-STEP_S),
    arrowright: () => actions.step(STEP_S),
  };
  window.addEventListener(
    'keydown',
    (event) => {
      // `defaultPrevented`: another widget, or another player, has used this key.
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.shiftKey || isTyping(event.target) || !visible()) return;
      const key = event.key.toLowerCase();
      const action = keys[key];
      if (action === undefined) return;
      const target = event.target instanceof Element ? event.target : null;
      if (key === ' ' && target?.closest(TAKES_SPACE)) return;
      if (key.startsWith('arrow') && target?.closest(TAKES_ARROWS)) return;
      if (event.repeat && !key.startsWith('arrow')) return;
      event.preventDefault();
      action();
    },
    { signal },
  );
}
