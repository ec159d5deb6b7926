// The visible stretch of a longer time line: zoom at a point, pan, fit.

/** Return a window of `total` seconds that never shows less than `minimum` seconds. */
export function createTimeWindow(total = 0, minimum = 0.05) {
  const view = { start: 0, end: total, total, minimum };

  view.reset = (newTotal, newMinimum) => {
    view.total = newTotal;
    view.minimum = Math.min(newMinimum, newTotal);
    view.fit();
  };
  view.fit = () => {
    view.start = 0;
    view.end = view.total;
  };
  view.isFit = () => view.start <= 0 && view.end >= view.total;
  view.span = () => view.end - view.start;
  /** Show `start`..`end`, moved and widened as little as the limits need. */
  view.set = (start, end) => {
    const span = Math.min(view.total, Math.max(view.minimum, end - start));
    view.start = Math.min(Math.max(0, start), view.total - span);
    view.end = view.start + span;
  };
  /** Zoom by `factor` (< 1 is closer) and keep the time `at` where it is on the screen. */
  view.zoom = (factor, at) => {
    const span = Math.min(view.total, Math.max(view.minimum, view.span() * factor));
    const share = view.span() > 0 ? (at - view.start) / view.span() : 0;
    view.set(at - share * span, at - share * span + span);
  };
  view.pan = (seconds) => view.set(view.start + seconds, view.end + seconds);
  return view;
}

/** Return the zoom factor of one wheel event; the same hand movement in pixels, lines or pages. */
export function wheelFactor(event) {
  const unit = event.deltaMode === 1 ? 24 : event.deltaMode === 2 ? 400 : 1;
  return Math.exp(Math.max(-240, Math.min(240, event.deltaY * unit)) * 0.0025);
}
