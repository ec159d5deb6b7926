// The chooser of the demo gallery: bundled pairs, one click opens one.

import { el, fill, setText } from './dom.js';

/** Mount the chooser; value: JSON {pairs: [{key, title, sentence}], open: key}. */
export function mount(root, props, { trigger, watch }) {
  const label = el('span', { class: 'ins-gallery-label' });
  const list = el('ul', { class: 'ins-gallery-list' });
  const chooser = el('details', { class: 'ins-gallery' }, [
    el('summary', { title: 'Bundled pairs of traces to try the inspector on' }, [label]), list,
  ]);
  fill(root, chooser);

  const choose = (value, key) => {
    chooser.open = false;
    chooser.querySelector('summary').focus();
    props.value = JSON.stringify({ ...value, choose: key });
    trigger('select');
  };

  const show = () => {
    const value = read(props.value);
    chooser.hidden = value.pairs.length === 0;
    const open = value.pairs.find(({ key }) => key === value.open);
    setText(label, open ? `Demo: ${open.title}` : 'Demo pairs');
    label.title = open?.sentence ?? '';
    fill(list, value.pairs.map(({ key, title, sentence }) => el('li', {}, [
      el('button', {
        type: 'button', class: 'ins-plain', data: { key }, 'aria-current': key === value.open ? 'true' : null,
        on: { click: () => choose(value, key) },
      }, [el('b', { text: title }), el('span', { class: 'ins-muted', text: sentence })]),
    ])));
  };
  watch?.('value', show);
  show();
}

function read(text) {
  try {
    const value = JSON.parse(text);
    return { ...value, pairs: Array.isArray(value?.pairs) ? value.pairs : [] };
  } catch {
    return { pairs: [], open: '' };
  }
}
