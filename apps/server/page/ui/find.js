/**
 * Finds an element of the page that must be there.
 *
 * @template {HTMLElement} Kind
 * @param {string} selector Which one.
 * @param {new () => Kind} kind What it is.
 * @param {ParentNode} [within] Where to look.
 * @returns {Kind} The element.
 * @throws {TypeError} If there is none of that kind.
 */
export function find(selector, kind, within = document) {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`Cannot find "${selector}" in the page: it has to be a ${kind.name}`);
}
