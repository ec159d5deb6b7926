// The only place that makes elements.  Text goes through textContent: names of tensors and
// files are written by strangers and must never be parsed as HTML.

/**
 * Return a new element.
 *
 * `options`: `class`, `text`, `title`, `data` (dataset), `style` (custom properties too),
 * `on` (event -> handler); everything else is an attribute (`true` = present, `false`, `null`
 * and `undefined` = absent).  `children`: nodes or strings (strings become text).
 */
export function el(tag, options = {}, children = []) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === 'class') node.className = value;
    else if (key === 'text') node.textContent = value;
    else if (key === 'data') Object.assign(node.dataset, value);
    else if (key === 'style') setStyle(node, value);
    else if (key === 'on') {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else setAttribute(node, key, value);
  }
  node.append(...[children].flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set, or with `false`, `null` or `undefined` remove, one attribute. */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? '' : String(value));
}

/** Set inline style properties, `--custom` ones included. */
export function setStyle(node, properties) {
  for (const [name, value] of Object.entries(properties)) node.style.setProperty(name, value);
}

/** Set the text of `node` only when it differs: spares layout work at 60 frames a second. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Replace all children of `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

/** True where a key press belongs to the element that has the focus, not to the page. */
export function isTyping(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest('textarea, select, [contenteditable=""], [contenteditable="true"]')) return true;
  const input = target.closest('input');
  return input !== null && !['checkbox', 'button', 'submit', 'reset'].includes(input.type);
}
