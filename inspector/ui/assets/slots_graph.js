// The edges of a block beside its list of slots: a line down the middle for "goes on with the
// next slot", a lane on the left for everything that jumps (residuals, masks, branches).

const SVG = 'http://www.w3.org/2000/svg';
const LANE = 9;
const MIDDLE = 9; // from the dots to the right edge
const APART = 4; // leaving and arriving lines of one row do not lie on each other
const ROUND = 4;

/**
 * Return {lanes, routes} for `rows` (names, inputs of the block first) and `edges` [from, to].
 *
 * A route is {from, to, kind, lane}: row numbers, `lane` 0 for the middle, else counted from the
 * innermost.  All jumps that leave one row share a lane, as the stops of one line.
 */
export function layEdges(rows, edges, slotOf) {
  const place = new Map(rows.map((name, i) => [name, i]));
  const routes = [];
  const spans = new Map(); // from -> last row that its lane reaches
  for (const [source, target] of edges) {
    const from = place.get(source);
    const to = place.get(target);
    if (from === undefined || to === undefined || to <= from) continue;
    routes.push({ from, to, kind: kindOf(source, slotOf(target), to - from) });
    if (to - from > 1) spans.set(from, Math.max(spans.get(from) ?? 0, to));
  }
  const taken = []; // lane -> [[from, to]]
  const lanes = new Map();
  for (const [from, to] of [...spans].sort((a, b) => a[1] - a[0] - (b[1] - b[0]))) {
    let lane = taken.findIndex((held) => held.every(([a, b]) => to <= a || from >= b));
    if (lane < 0) lane = taken.push([]) - 1;
    taken[lane].push([from, to]);
    lanes.set(from, lane + 1);
  }
  return {
    lanes: taken.length,
    routes: routes.map((route) => ({ ...route, lane: route.to - route.from > 1 ? lanes.get(route.from) : 0 })),
  };
}

function kindOf(source, slot, distance) {
  if (/(^|[._])mask$/.test(source)) return 'mask';
  if (distance > 1 && ['residual_add', 'skip_concat'].includes(slot)) return 'residual';
  return 'flow';
}

/** Return the width that the lanes need. */
export function graphWidth(lanes) {
  return lanes * LANE + MIDDLE + 14;
}

/**
 * Draw `routes` and one dot per row into `svg`.
 *
 * `at`: vertical middle of each row.  `dots`: {colour or null, outside, title} per row.
 */
export function drawGraph(svg, { lanes, routes }, at, dots) {
  const width = graphWidth(lanes);
  const middle = width - MIDDLE;
  const height = (at.at(-1) ?? 0) + 14;
  for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) {
    svg.setAttribute(name, value);
  }
  const lines = routes.map(({ from, to, kind, lane }) => {
    const path = lane === 0 ? `M${middle} ${at[from]}V${at[to]}` : jump(middle, middle - 6 - lane * LANE, at[from], at[to]);
    return shape('path', { d: path, class: `slot-edge slot-${kind}`, 'data-from': from, 'data-to': to });
  });
  const circles = dots.map(({ colour, outside }, i) => {
    const mark = shape('circle', { cx: middle, cy: at[i], r: outside ? 3 : 5, class: outside ? 'slot-dot slot-outside' : 'slot-dot' });
    if (colour) mark.style.fill = colour;
    return mark;
  });
  svg.replaceChildren(...lines, ...circles);
}

/** Let the edges of one row stand out; null = none. */
export function markEdges(svg, row) {
  for (const path of svg.querySelectorAll('.slot-edge')) {
    const touches = row !== null && [path.dataset.from, path.dataset.to].includes(String(row));
    path.classList.toggle('slot-marked', touches);
  }
}

function jump(middle, lane, top, bottom) {
  const [a, b] = [top + APART, bottom - APART];
  return `M${middle} ${a}H${lane + ROUND}Q${lane} ${a} ${lane} ${a + ROUND}V${b - ROUND}` +
    `Q${lane} ${b} ${lane + ROUND} ${b}H${middle - 5}m-3 -2.5l3 2.5l-3 2.5`;
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Return an empty drawing. */
export function createGraph() {
  return shape('svg', { class: 'slot-graph', 'aria-hidden': 'true' });
}
