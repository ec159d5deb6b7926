// Colours for canvases, read from the same CSS variables as the rest of the page.

// Used only while base.css is still on its way, and where a page leaves it out.
const FALLBACK = {
  panel: '#ffffff',
  sunken: '#f6f8fa',
  text: '#1f2328',
  muted: '#59636e',
  line: '#d1d9e0',
  'line-strong': '#b7c0ca',
  accent: '#2f6fde',
  reference: '#2f6fde',
  candidate: '#d9730d',
  difference: '#8250df',
  run: '#0b7285',
  ok: '#1a7f37',
  note: '#9a6700',
  fail: '#cf222e',
  none: '#6e7781',
  nan: '#b84fd6',
  sans: 'system-ui, sans-serif',
};

/** Return the colours at `node` as {panel, text, ..., dark}. */
export function readTheme(node) {
  const style = getComputedStyle(node);
  const theme = {};
  for (const [name, fallback] of Object.entries(FALLBACK)) {
    theme[name] = style.getPropertyValue(`--ins-${name}`).trim() || fallback;
  }
  // Asked of the colour itself: the page, Gradio or the system may have chosen the theme.
  theme.dark = luminance(theme.panel) < 0.5;
  return theme;
}

/** Call `handler` when the colours may have changed, until `signal` aborts. */
export function onThemeChange(handler, signal) {
  const observer = new MutationObserver(handler);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true, attributeFilter: ['class', 'style', 'data-theme'] });
  }
  signal.addEventListener('abort', () => observer.disconnect());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', handler, { signal });
  // A style sheet that arrives after the widget: load events do not bubble, but can be captured.
  const loaded = (event) => event.target instanceof HTMLLinkElement && handler();
  document.addEventListener('load', loaded, { signal, capture: true });
}

function luminance(colour) {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour);
  const parts = hex
    ? [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16))
    : (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return (0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]) / 255;
}
