/** @typedef {import("./recipe.js").Recipe} Recipe */

/** What the fragment of a link with a recipe begins with. */
const PREFIX = "#recipe=";

/**
 * Puts a recipe into the fragment of a link, which browsers do not send to any server. Files cannot
 * come along.
 *
 * @param {Recipe} recipe The recipe.
 * @returns {{ fragment: string, leftOut: number }} The fragment, and how many prompts it lacks.
 */
export function toFragment(recipe) {
  const prompts = recipe.prompts.filter(({ file }) => file === undefined);
  const bytes = new TextEncoder().encode(JSON.stringify({ ...recipe, prompts }));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const fragment = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return { fragment: PREFIX + fragment, leftOut: recipe.prompts.length - prompts.length };
}

/**
 * Reads what a link holds.
 *
 * @param {string} fragment The fragment of an address.
 * @returns {unknown} The JSON that it holds, still to be checked; undefined if there is none.
 * @throws {SyntaxError} If it is damaged.
 */
export function fromFragment(fragment) {
  if (!fragment.startsWith(PREFIX)) return undefined;
  const base64 = fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SyntaxError("Cannot read the recipe in the link: it was cut or changed", { cause });
  }
}
