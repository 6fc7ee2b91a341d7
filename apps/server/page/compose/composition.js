import { firstRecipe, promptOf } from "../recipe/recipe.js";

/** @typedef {import("../recipe/recipe.js").Recipe} Recipe */
/** @typedef {import("../recipe/recipe.js").RecipePrompt} RecipePrompt */

/**
 * What is being put together. Says "change" after every change, and before it "prompts" if prompts
 * came or went, "outputs" if those changed, "settings" if settings were set from elsewhere.
 */
export class Composition extends EventTarget {
  /** @type {import("../api/capabilities.js").Capabilities} */
  capabilities;
  /** @type {Recipe} */
  #recipe;

  /** @param {import("../api/capabilities.js").Capabilities} capabilities What the server can do. */
  constructor(capabilities) {
    super();
    this.capabilities = capabilities;
    this.#recipe = firstRecipe(capabilities);
  }

  /** The recipe as it is now. */
  get recipe() {
    return this.#recipe;
  }

  /**
   * Takes over another recipe.
   *
   * @param {Recipe} recipe The recipe.
   */
  replace(recipe) {
    const to = this.#ordered(recipe.to);
    this.#recipe = { ...recipe, prompts: recipe.prompts.map((prompt) => ({ ...prompt })), to };
    this.#say("prompts", "outputs", "settings");
  }

  /**
   * Adds a prompt. An empty sentence that stands alone makes room for anything but words.
   *
   * @param {Partial<RecipePrompt> & { modality: string }} prompt What it has.
   * @returns {RecipePrompt} The prompt.
   */
  add(prompt) {
    const added = { ...promptOf(prompt.modality), ...prompt };
    this.#recipe.prompts = [...this.#recipe.prompts, added];
    this.#say("prompts", ...this.#makeRoom(added));
    return added;
  }

  /**
   * Removes a prompt.
   *
   * @param {RecipePrompt} prompt The prompt.
   */
  remove(prompt) {
    this.#recipe.prompts = this.#recipe.prompts.filter((other) => other !== prompt);
    this.#say("prompts");
  }

  /**
   * Changes a prompt.
   *
   * @param {RecipePrompt} prompt The prompt.
   * @param {Partial<RecipePrompt>} change What becomes different.
   */
  change(prompt, change) {
    Object.assign(prompt, change);
    this.#say(...change.role === undefined ? [] : this.#makeRoom(prompt));
  }

  /**
   * Switches an output on or off. The last one stays.
   *
   * @param {string} name The modality.
   * @returns {boolean} Whether it is on afterwards.
   */
  toggle(name) {
    const on = this.#recipe.to.includes(name);
    const rest = this.#recipe.to.filter((other) => other !== name);
    if (on && rest.length === 0) return true;
    this.#recipe.to = this.#ordered(on ? rest : [...rest, name]);
    this.#say("outputs");
    return !on;
  }

  /**
   * Sets settings.
   *
   * @param {Partial<Pick<Recipe, "seed" | "steps" | "sampler" | "guidance" | "environment" |
   *   "candidates" | "count" | "more">>} settings The ones that change.
   * @param {{ fromElsewhere?: boolean }} [options] Whether the fields have to be written, too.
   */
  set(settings, { fromElsewhere = false } = {}) {
    this.#recipe = { ...this.#recipe, ...settings };
    this.#say(...fromElsewhere ? ["settings"] : []);
  }

  /**
   * What is followed is not made as well, and what a part is kept of is.
   *
   * @param {RecipePrompt} prompt A prompt with its role.
   * @returns {string[]} What has changed.
   */
  #makeRoom({ modality, role }) {
    const { to } = this.#recipe;
    const rest = to.filter((name) => name !== modality);
    const made = rest.length < to.length;
    if (role === "follow" && made && rest.length > 0) this.#recipe.to = rest;
    else if (role === "keep" && !made) this.#recipe.to = this.#ordered([...to, modality]);
    else return [];
    return ["outputs"];
  }

  /** @param {string[]} names Modalities. */
  #ordered(names) {
    return this.capabilities.modalities.map(({ name }) => name).filter((name) =>
      names.includes(name)
    );
  }

  /** @param {...string} what What happened. */
  #say(...what) {
    for (const name of [...what, "change"]) this.dispatchEvent(new Event(name));
  }
}
