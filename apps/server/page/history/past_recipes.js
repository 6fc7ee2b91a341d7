/** @typedef {import("../recipe/recipe.js").Recipe} Recipe */

/**
 * A generation as this browser remembers it, so that it can be made again when the server has
 * forgotten it.
 *
 * @typedef {{ id: string, at: number, recipe: Recipe, picture?: string }} PastRecipe
 */

/** How many are remembered. */
const MOST = 60;
const KEY = "codi-past";
const DRAFT = "codi-draft";

/** Recipes in the browser's storage. Where it refuses to store, nothing is remembered. */
export class PastRecipes {
  /** All that is remembered, the newest first. @returns {PastRecipe[]} */
  all() {
    const all = read(KEY);
    return Array.isArray(all) ? all.filter((past) => typeof past?.id === "string") : [];
  }

  /**
   * Remembers a recipe, or more about one.
   *
   * @param {PastRecipe} past The recipe and what it made.
   */
  remember(past) {
    const others = this.all();
    const place = others.findIndex(({ id }) => id === past.id);
    if (place >= 0) others[place] = { ...others[place], ...past };
    else others.unshift(past);
    others.sort((a, b) => b.at - a.at);
    write(KEY, others.slice(0, MOST));
  }

  /** What was being put together when the page was closed. @returns {unknown} */
  draft() {
    return read(DRAFT);
  }

  /** @param {Recipe} recipe What is being put together. */
  rememberDraft(recipe) {
    write(DRAFT, recipe);
  }
}

/** @param {string} key A key. @returns {unknown} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key A key. @param {unknown} value Its value. */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage only means that less is remembered.
  }
}
