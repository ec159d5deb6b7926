// What the lab and the culprit search need, where it is missing.

import { el, fill } from './dom.js';

/** Return {node, show}; `show(reason)` explains, `show(null)` hides; `given`: there is a checkpoint. */
export function createCheckpointHelp(what) {
  const node = el('section', { class: 'lab-help', hidden: true });
  return {
    node,
    show(reason, given = false) {
      node.hidden = reason === null;
      if (reason === null) return;
      if (given) {
        fill(node, el('h4', { text: `${what} cannot work on these traces` }), el('p', { text: reason }));
        return;
      }
      fill(node, [
        el('h4', { text: `${what} needs the checkpoint of the reference` }),
        el('p', { text: reason }),
        el('p', { text: 'It runs the reference’s own weights on the inputs that the traces recorded. Give the weights in one of these ways:' }),
        el('ul', {}, [
          el('li', {}, ['On the command line: ', el('code', { text: 'inspector serve REFERENCE CANDIDATE --checkpoint W' }),
            ', and ', el('code', { text: '--config C' }), ' where the weights cannot tell everything.']),
          el('li', {}, ['On this page: ', el('b', { text: 'Options' }), ' at the top right, ',
            el('b', { text: 'Checkpoint of the reference' }), ', then ', el('b', { text: 'Open' }), '.']),
        ]),
        el('p', { class: 'ins-muted', text: 'Understood: Chatterbox s3gen.safetensors, CosyVoice flow.pt, Matcha-TTS, and the same weights in MLX layout.' }),
      ]);
    },
  };
}
