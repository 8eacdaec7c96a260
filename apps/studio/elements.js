// Builds elements. Text always goes in as text nodes: what a person or a model wrote is never read as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name !== 'value') node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  // A select has its value among its options.
  if (attributes?.value !== undefined && attributes.value !== null) node.value = attributes.value;
  return node;
}

/** An HTML element; attributes beginning with `on` are listeners, children that are null or false are left out. */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Puts other children into an element. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A button; what it does while pressed cannot be begun twice, and what goes wrong is handed to `failed`. */
export function button(label, action, { kind = '', failed, ...attributes } = {}) {
  const node = el('button', { type: 'button', class: kind, ...attributes }, label);
  node.addEventListener('click', async () => {
    if (node.getAttribute('aria-busy') === 'true') return;
    node.setAttribute('aria-busy', 'true');
    try {
      await action(node);
    } catch (error) {
      if (!failed) throw error;
      failed(error);
    } finally {
      node.removeAttribute('aria-busy');
    }
  });
  return node;
}

/** Tells a screen reader, without moving the focus. */
export function announce(text) {
  const announcer = document.getElementById('announcer');
  announcer.textContent = '';
  // A text that is the same as before is read only when it comes anew.
  requestAnimationFrame(() => { announcer.textContent = text; });
}
