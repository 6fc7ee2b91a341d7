import { moreOf, promptOf } from "./recipe.js";

/** @typedef {import("../api/generation.js").Generation} Generation */
/** @typedef {import("../api/generation.js").ToldSample} ToldSample */
/** @typedef {import("./recipe.js").Recipe} Recipe */
/** @typedef {import("./recipe.js").RecipePrompt} RecipePrompt */

/**
 * The recipe that a generation was made by, its seed included. What was uploaded is known by its
 * digest, which is the key of the files that this browser keeps.
 *
 * @param {Generation} generation The generation.
 * @param {import("../api/capabilities.js").Capabilities} capabilities What the server can do.
 * @returns {Recipe} The recipe.
 */
export function fromGeneration({ request }, { modalities }) {
  /** @type {RecipePrompt[]} */
  const prompts = request.prompts.map((prompt) => ({
    ...promptOf(prompt.modality),
    ...sampleOf(prompt),
    weight: prompt.weight,
    negative: prompt.negative,
  }));
  for (const [modality, sample] of Object.entries(request.follow ?? {})) {
    prompts.push({ ...promptOf(modality), ...sampleOf(sample), role: "follow" });
  }
  for (const [modality, sample] of Object.entries(request.keep ?? {})) {
    const { region = "" } = sample; // the page marks no masks: there the part is chosen anew
    prompts.push({ ...promptOf(modality), ...sampleOf(sample), role: "keep", region });
  }
  const own = (/** @type {"guidance" | "environment"} */ member) => (/** @type {string} */ name) =>
    modalities.find((modality) => modality.name === name)?.[member] ?? null;
  const { to, seed, steps, sampler, count } = request;
  return {
    prompts,
    to,
    seed,
    steps,
    sampler,
    count,
    guidance: scaleOf(request.guidance, own("guidance")),
    environment: scaleOf(request.environment, own("environment")),
    candidates: request.candidates ?? null,
    ...moreOf(request),
  };
}

/**
 * What the server kept of a file.
 *
 * @param {Generation} generation The generation.
 * @param {string} pointer Where the file stands in its request, such as `/prompts/0`.
 * @returns {ToldSample["upload"]} The file as it is told; undefined if there is none.
 */
export function uploadAt({ request: { prompts, follow = {}, keep = {} } }, pointer) {
  const [, member, name] = pointer.split("/");
  if (member === "prompts") return prompts[Number(name)]?.upload;
  return (member === "follow" ? follow : keep)[name]?.upload;
}

/**
 * @param {ToldSample} sample A sample as it is told.
 * @returns {Partial<RecipePrompt>} The sample in a recipe.
 */
function sampleOf({ text, output, upload }) {
  if (text !== undefined) return { text };
  if (output !== undefined) return { output };
  return upload === undefined ? {} : { file: upload.sha256 };
}

/**
 * @param {Record<string, number> | undefined} scales A scale for each modality.
 * @param {(name: string) => number | null} own The one that a modality has by itself.
 * @returns {Recipe["guidance"]} One number if they are equal, null if they are the modalities' own.
 */
function scaleOf(scales = {}, own) {
  const entries = Object.entries(scales);
  if (entries.every(([name, scale]) => scale === own(name))) return null;
  const [first] = Object.values(scales);
  return entries.every(([, scale]) => scale === first) ? first ?? null : scales;
}
