// What every part of the page does with its elements. Each writes only what changed, so that focus and reading stay.

/**
 * The element of index.html with that id, of that kind. One that is not there is a mistake of ours: an error.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id @param {new () => E} [kind] @returns {E}
 */
export const byId = (id, kind) => checked(document.getElementById(id), `#${id}`, kind);

/**
 * The same for the first element in `root` that a selector finds.
 * @template {Element} [E=HTMLElement]
 * @param {ParentNode} root @param {string} selector @param {new () => E} [kind] @returns {E}
 */
export const within = (root, selector, kind) => checked(root.querySelector(selector), selector, kind);

/**
 * @template {Element} E
 * @param {Element | null} found @param {string} what @param {new () => E} [kind] @returns {E}
 */
function checked(found, what, kind) {
  if (!(found instanceof (kind ?? HTMLElement))) throw new TypeError(`the page has no ${what} of the kind that is needed`);
  return /** @type {E} */ (found);
}

/** @param {Node} node @param {string} text */
export const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

/** @param {Element} node @param {string} name @param {string} value */
export const set = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };

/** Markup of our own; what others wrote goes through `safe` first. @param {HTMLElement} node @param {string} html */
export function markup(node, html) {
  if (node.dataset.shown === html) return;
  node.innerHTML = html;
  node.dataset.shown = html;
}

/** A text of others as markup. @param {string} text */
export const safe = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
