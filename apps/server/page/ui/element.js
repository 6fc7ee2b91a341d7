/**
 * What an element is made with: `on` holds listeners, `data` data attributes; the rest are
 * attributes, where true stands for an empty one and false, null and undefined for none.
 *
 * @typedef {{
 *   class?: string,
 *   on?: Record<string, (event: any) => void>,
 *   data?: Record<string, string>,
 *   [attribute: string]: unknown,
 * }} Properties
 */

/**
 * Makes an element. Text is always put in as text, never as markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag Its name.
 * @param {Properties} [properties] Attributes and listeners.
 * @param {...(Node | string | null | undefined | false)} children What it holds.
 * @returns {HTMLElementTagNameMap[Tag]} The element.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  const { on = {}, data = {}, ...attributes } = properties;
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener);
  Object.assign(made.dataset, data);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}
