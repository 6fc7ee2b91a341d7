/**
 * What a prompt is for: to say what comes, to be followed in time, or to be kept in part.
 *
 * @typedef {"prompt" | "follow" | "keep"} Role
 */

/**
 * A prompt of a recipe. It holds one of `text`, `output` (the path of an output of an earlier
 * generation) and `file` (a key of the kept files).
 *
 * @typedef {{
 *   modality: string,
 *   role: Role,
 *   text?: string,
 *   output?: string,
 *   file?: string,
 *   name?: string,
 *   weight: number,
 *   negative: boolean,
 *   region: string,
 * }} RecipePrompt
 */

/**
 * All that one chooses on the page: a plain value that is stored, sent and shared. `more` holds what one
 * cannot choose here, from a generation that was asked for elsewhere.
 *
 * @typedef {{
 *   prompts: RecipePrompt[],
 *   to: string[],
 *   seed: number | null,
 *   steps: number,
 *   sampler: string,
 *   guidance: number | Record<string, number> | null,
 *   environment: number | Record<string, number> | null,
 *   candidates: number | Record<string, number> | null,
 *   count: number,
 *   more?: Record<string, unknown>,
 * }} Recipe
 */

/** @typedef {import("../api/capabilities.js").Capabilities} Capabilities */

/** The members of a request that one cannot choose on the page. */
const MORE = ["mixing", "eta", "decoding", "format"];

/** The paths that outputs have; links hold no other ones. */
const OUTPUT_PATH = /^\/v1\/generations\/[\w-]+\/outputs\/[\w-]+$/;

/**
 * The recipe that the page begins with.
 *
 * @param {Capabilities} capabilities What the server can do.
 * @returns {Recipe} Empty words, all outputs.
 */
export function firstRecipe({ modalities, defaults }) {
  const words = modalities.find(({ words }) => words);
  return {
    prompts: words === undefined ? [] : [{ ...promptOf(words.name), text: "" }],
    to: modalities.filter(({ output }) => output).map(({ name }) => name),
    seed: null,
    steps: defaults.steps,
    sampler: defaults.sampler,
    guidance: null,
    environment: null,
    candidates: null,
    count: 1,
  };
}

/**
 * A prompt that says nothing yet.
 *
 * @param {string} modality Its modality.
 * @returns {RecipePrompt} The prompt.
 */
export function promptOf(modality) {
  return { modality, role: "prompt", weight: 1, negative: false, region: "" };
}

/**
 * Reads a recipe from a link or from what the browser stored, trusting neither: what this server
 * does not have or allow is left out or brought into its bounds.
 *
 * @param {unknown} value The parsed JSON.
 * @param {Capabilities} capabilities What the server can do.
 * @returns {Recipe} The recipe.
 * @throws {SyntaxError} If it is not a recipe at all.
 */
export function parseRecipe(value, capabilities) {
  if (typeof value !== "object" || value === null || !("to" in value)) {
    throw new SyntaxError("Cannot read the recipe: it is not one");
  }
  const given = /** @type {Record<string, unknown>} */ (value);
  const { modalities, samplers, limits } = capabilities;
  const first = firstRecipe(capabilities);
  const outputs = modalities.filter(({ output }) => output).map(({ name }) => name);
  const to = Array.isArray(given.to) ? outputs.filter((name) => listed(given.to, name)) : [];
  const prompts = Array.isArray(given.prompts) ? given.prompts : [];
  const sampler = samplers.find((name) => name === given.sampler);
  return {
    prompts: prompts.slice(0, limits.prompts).flatMap((prompt) => parsePrompt(prompt, modalities)),
    to: to.length === 0 ? first.to : to,
    seed: given.seed === null ? null : whole(given.seed, 0, Number.MAX_SAFE_INTEGER) ?? null,
    steps: whole(given.steps, 1, limits.steps) ?? first.steps,
    sampler: sampler ?? first.sampler,
    guidance: setting(given.guidance, isScale),
    environment: setting(given.environment, isScale),
    candidates: setting(given.candidates, isCandidates),
    count: whole(given.count, 1, limits.count) ?? 1,
    ...moreOf(given.more),
  };
}

/**
 * Members of a request that one cannot choose on the page.
 *
 * @param {unknown} request A request, or what was kept of one.
 * @returns {{ more?: Record<string, unknown> }} Those that say something; the server checks them.
 */
export function moreOf(request) {
  if (typeof request !== "object" || request === null) return {};
  const given = /** @type {Record<string, unknown>} */ (request);
  const more = Object.fromEntries(
    MORE.filter((name) => saysSomething(given[name])).map((name) => [name, given[name]]),
  );
  return Object.keys(more).length === 0 ? {} : { more };
}

/** @param {unknown} value A value. */
function saysSomething(value) {
  if (typeof value !== "object") return value !== undefined;
  return value !== null && Object.keys(value).length > 0;
}

/**
 * @param {unknown} list A list.
 * @param {string} name What may be in it.
 */
function listed(list, name) {
  return Array.isArray(list) && list.includes(name);
}

/**
 * @param {unknown} value Anything.
 * @param {number} least The least.
 * @param {number} most The most.
 * @returns {number | undefined} A whole number within the bounds, if it is a number.
 */
function whole(value, least, most) {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Math.min(most, Math.max(least, Math.round(value)));
}

/**
 * @param {unknown} value Anything.
 * @returns {value is number} Whether it is a scale of guidance.
 */
function isScale(value) {
  return typeof value === "number" && value >= 0 && value <= 50;
}

/**
 * @param {unknown} value Anything.
 * @returns {value is number} Whether it is a number of candidates.
 */
function isCandidates(value) {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 16;
}

/**
 * @param {unknown} value Anything.
 * @param {(value: unknown) => value is number} allowed Whether something is a number that the setting
 * can have.
 * @returns {number | Record<string, number> | null} The setting, one for each modality, or none.
 */
function setting(value, allowed) {
  if (allowed(value)) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const known = Object.entries(value).filter(([, given]) => allowed(given));
  return known.length === 0 ? null : Object.fromEntries(known);
}

/**
 * @param {unknown} value Anything.
 * @param {Capabilities["modalities"]} modalities Those of the server.
 * @returns {RecipePrompt[]} The prompt, or none.
 */
function parsePrompt(value, modalities) {
  if (typeof value !== "object" || value === null) return [];
  const given = /** @type {Record<string, unknown>} */ (value);
  const known = modalities.find(({ name }) => name === given.modality);
  if (known === undefined) return [];
  const { weight, role } = given;
  const positive = typeof weight === "number" && weight > 0;
  /** @type {RecipePrompt} */
  const prompt = {
    modality: known.name,
    role: role === "follow" || role === "keep" ? role : "prompt",
    weight: positive ? Math.min(10, weight) : 1,
    negative: given.negative === true,
    region: typeof given.region === "string" ? given.region.slice(0, 200) : "",
  };
  if (typeof given.name === "string") prompt.name = given.name.slice(0, 200);
  if (typeof given.text === "string") return [{ ...prompt, text: given.text }];
  if (typeof given.output === "string" && OUTPUT_PATH.test(given.output)) {
    return [{ ...prompt, output: given.output }];
  }
  return typeof given.file === "string" ? [{ ...prompt, file: given.file }] : [];
}
