// What an error looks like: the hypotheses of a pair, best first, each with what it leaves.

import { el, fill } from './dom.js';

const SURE = {
  certain: 'What is left is within the tolerance, and nothing else as simple does the same',
  likely: 'It explains nearly all of the error',
  possible: 'It explains a part of the error',
};

/** Return {node, show}; `show(form)` takes {forms, unexplained}, or null for no error. */
export function createForms() {
  const list = el('ol', { class: 'ins-forms-list' });
  const rest = el('p', { class: 'ins-forms-rest' });
  const node = el('section', { class: 'ins-forms', hidden: true, 'aria-label': 'Form of the error' }, [
    el('h4', { text: 'Form of the error' }), list, rest,
  ]);
  return {
    node,
    show(form) {
      const forms = form?.forms ?? [];
      const unexplained = form?.unexplained ?? '';
      node.hidden = forms.length === 0 && !unexplained;
      fill(list, forms.map(item));
      list.hidden = forms.length === 0;
      rest.textContent = unexplained;
      rest.hidden = !unexplained;
    },
  };
}

function item({ key, title, sentence, leaves, confidence, resembles, harmless }) {
  return el('li', { class: 'ins-form', data: { form: key } }, [
    el('span', { class: `ins-form-sure ins-form-${confidence}`, title: SURE[confidence] ?? '', text: confidence }),
    el('span', {}, [
      el('b', { text: title }), harmless ? el('span', { class: 'ins-ok', text: ' · harmless' }) : null,
      el('span', { class: 'ins-form-what', text: `: ${sentence}` }),
      (resembles ?? []).length > 0
        ? el('span', { class: 'ins-muted ins-form-resembles', title: 'A mistake of a real port that looked like this', text: ` Resembles: ${resembles[0]}.` })
        : null,
    ]),
    el('span', { class: 'ins-muted ins-form-leaves', title: 'Relative L2 error after the hypothesis is applied to the reference, and before', text: leaves }),
  ]);
}
