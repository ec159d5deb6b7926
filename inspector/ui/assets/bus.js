// Messages between the widgets of one page, as CustomEvents of `window`.
//
// Widgets never touch each other's DOM: a tab that was not visited has no DOM yet.
//
//   time        {seconds, playing, source}    where the sound is now, seconds of the sound
//   seek        {seconds, source}             somebody asks the player to go there
//   zoom        {start, end, source}          visible stretch of time, seconds of the sound
//   select-row  {row, source}                 row of tensors.json (= index of the pair)
//   opening     {state, text, done, total}    how the opening of a pair goes, as `status.js` shows it
//
// `source` is the id of the sender (see `newSource`), so that a widget can ignore its own voice.

const PREFIX = 'inspector:';
let sources = 0;

/** Return an id that no other widget of this page has. */
export function newSource(kind) {
  sources += 1;
  return `${kind}-${sources}`;
}

/** Send `detail` to every listener of `name`. */
export function emit(name, detail = {}) {
  window.dispatchEvent(new CustomEvent(PREFIX + name, { detail }));
}

/** Call `handler(detail)` on every `name` until `signal` aborts. */
export function on(name, handler, { signal } = {}) {
  window.addEventListener(PREFIX + name, (event) => handler(event.detail ?? {}), { signal });
}
