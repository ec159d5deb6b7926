// Everything about one pair: pictures, histograms, worst element, all metrics with their meaning.

import { asNumber, fetchFloat32, fetchJson, runUrl, url } from './api.js';
import { on } from './bus.js';
import { loadLuts } from './colours.js';
import { el, fill, setText } from './dom.js';
import { numberText, stateBadge } from './format.js';
import { createForms } from './forms.js';
import { createHeatmaps } from './heatmaps.js';
import { createHistogram } from './histogram.js';
import { startWidget } from './widget.js';

/** Mount the detail; value: JSON {run}; shows the row of the last `select-row`. */
export function mount(root, props, { watch }) {
  let row = null; // null = the first divergence, or the first pair
  let shown = null; // the run that `row` belongs to

  const badge = el('span', {});
  const names = el('span', { class: 'ins-detail-names' });
  const facts = el('span', { class: 'ins-muted ins-detail-facts' });
  const reason = el('p', { class: 'ins-detail-reason' });
  const sentences = el('ul', { class: 'ins-sentences' });
  const forms = createForms();
  const heatmaps = createHeatmaps();
  const values = createHistogram('Histogram of the values, reference and candidate');
  const errors = createHistogram('Histogram of the error, candidate minus reference');
  const ulps = createHistogram('Histogram of the distances in units in the last place');
  const excluded = el('span', { class: 'ins-muted' });
  const valuesBox = histogramBox(['Values ', key('reference'), key('candidate'), excluded], values);
  const errorsBox = histogramBox(['Error, candidate − reference'], errors);
  const grid = el('span', {});
  const ulpsBox = histogramBox([grid, key('difference', 'elements')], ulps);
  const worst = el('p', { class: 'ins-worst' });
  const metrics = el('dl', { class: 'ins-metrics' });

  const load = async ({ run }, signal) => {
    if (run !== shown) {
      row = null;
      shown = run;
    }
    if (row === null) {
      const summary = await fetchJson(runUrl(run, 'summary.json'), { signal });
      const first = summary.verdict.first_divergence?.row;
      row = Number.isInteger(first) ? first : 0;
    }
    root.dataset.row = String(row);
    const [data, luts] = await Promise.all([
      fetchJson(runUrl(run, `tensor/${row}.json`), { signal }),
      loadLuts({ signal }),
    ]);
    if (data.planes) {
      const size = data.planes.rows * data.planes.columns;
      const sides = ['reference', 'candidate', 'difference'];
      const planes = await Promise.all(sides.map((side) =>
        fetchFloat32(url(data.planes[`${side}_src`]), { signal, expected: size })));
      const limits = Object.fromEntries(
        ['vmin', 'vmax', 'dmax'].map((name) => [name, asNumber(data.planes[name]) ?? 0]));
      heatmaps.show({ ...data.planes, ...limits },
        Object.fromEntries(sides.map((side, i) => [side, planes[i]])), luts);
    }
    describe(data);
    root.dataset.shown = String(row);
    return null;
  };

  const describe = (data) => {
    fill(badge, stateBadge(data.status));
    fill(names, ...nameNodes(data));
    setText(facts, [
      data.step === null || data.step === undefined ? '' : `step ${data.step}`,
      data.rule ? `matched by ${data.rule}` : '', data.layout,
    ].filter(Boolean).join(' · '));
    const told = data.sentences ?? [];
    setText(reason, data.reason ?? '');
    reason.hidden = !data.reason || told.some((text) => text.includes(data.reason));
    fill(sentences, told.map((text) => el('li', { text })));
    sentences.hidden = sentences.childElementCount === 0;
    forms.show(data.form);
    heatmaps.node.hidden = !data.planes;
    valuesBox.hidden = !data.histogram;
    errorsBox.hidden = !data.error_histogram;
    if (data.histogram) {
      const { edges, reference, candidate } = data.histogram;
      values.show({ edges, series: [
        { counts: reference, colour: 'reference' }, { counts: candidate, colour: 'candidate' },
      ] });
      const left = data.histogram.excluded;
      setText(excluded, left > 0 ? ` ${left} not finite, left out` : '');
    }
    if (data.error_histogram) {
      const { edges, counts } = data.error_histogram;
      errors.show({ edges, series: [{ counts, colour: 'difference' }] });
    }
    ulpsBox.hidden = !(data.ulp_histogram?.counts.length > 0);
    if (!ulpsBox.hidden) {
      const { dtype, counts, labels } = data.ulp_histogram;
      setText(grid, `Distance in steps of ${dtype} (ulp)`);
      ulps.show({ edges: counts.concat(0).map((_, i) => i), labels,
        series: [{ counts, colour: 'difference' }] });
    }
    worst.hidden = !data.worst;
    if (data.worst) {
      const { index, reference, candidate } = data.worst;
      const [r, c] = [asNumber(reference), asNumber(candidate)];
      setText(worst, `Worst element [${index.join(', ')}]: reference ${precise(reference)}, ` +
        `candidate ${precise(candidate)}` +
        (r === null || c === null ? '' : `, error ${numberText(c - r, 6)}`));
    }
    fill(metrics, data.metrics.map(metric));
    metrics.hidden = data.metrics.length === 0;
  };

  const widget = startWidget(root, props, watch, {
    kind: 'ui-detail',
    empty: 'Nothing is open yet.',
    load,
    draw: () => {
      const theme = widget.theme();
      heatmaps.draw(theme);
      values.draw(theme);
      errors.draw(theme);
      ulps.draw(theme);
    },
  });
  fill(
    widget.body,
    el('header', { class: 'ins-detail-head' }, [badge, names, facts]),
    reason, sentences, forms.node, heatmaps.node,
    el('div', { class: 'ins-detail-lower' }, [
      el('div', { class: 'ins-histograms' }, [valuesBox, errorsBox, ulpsBox, worst]), metrics,
    ]),
  );
  on('select-row', (detail) => {
    if (!Number.isInteger(detail.row)) return;
    row = detail.row;
    widget.reload();
  }, { signal: widget.signal });
}

function nameNodes({ reference, candidate }) {
  const name = (side, text) =>
    el('span', { class: `ins-side ins-${side}`, title: `${side}: ${text}` }, [
      el('span', { class: 'ins-dot', 'aria-hidden': 'true' }), el('b', { text }),
    ]);
  return [name('reference', reference), el('span', { class: 'ins-muted', text: 'against' }),
    name('candidate', candidate)];
}

function key(side, text = side) {
  return el('span', { class: `ins-side ins-${side}` }, [
    el('span', { class: 'ins-dot', 'aria-hidden': 'true' }), text,
  ]);
}

function histogramBox(caption, histogram) {
  return el('figure', { class: 'ins-histogram-box' }, [
    el('figcaption', {}, caption), el('div', {}, [histogram.node]),
  ]);
}

function metric({ name, value, unit, help }) {
  return el('div', { class: 'ins-metric', title: help || name, data: { metric: name } }, [
    el('dt', {}, [el('span', { text: name }), el('span', { class: 'ins-help', text: help ?? '' })]),
    el('dd', { text: `${numberText(value, 6)}${unit ? ` ${unit}` : ''}` }),
  ]);
}

function precise(value) {
  return typeof value === 'number' ? String(value).replace('-', '−') : numberText(value, 9);
}
