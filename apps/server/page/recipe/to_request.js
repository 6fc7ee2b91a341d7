import { Problem } from "../api/problem.js";

/** @typedef {import("./recipe.js").Recipe} Recipe */
/** @typedef {import("./recipe.js").RecipePrompt} RecipePrompt */

/** About how many previews one sees of a generation. */
const PREVIEWS = 8;

/**
 * The request that a recipe stands for. Words that are empty are left out.
 *
 * @param {Recipe} recipe The recipe.
 * @param {(key: string) => Promise<Blob | undefined>} fileOf Gives kept files.
 * @returns {Promise<{
 *   request: Record<string, unknown>,
 *   files: Map<string, Blob>,
 *   names: Map<string, string>,
 *   uploads: Map<string, Blob>,
 * }>} The request, the files it names, and by JSON pointers what a person calls its members and which
 * of them are files.
 * @throws {Problem} If a file is not kept any more, a part of nothing is to be kept, or what is made
 * is to be followed, too.
 */
export async function toRequest(recipe, fileOf) {
  /** @type {Map<string, Blob>} */
  const files = new Map();
  /** @type {Map<string, string>} */
  const names = new Map();
  /** @type {Map<string, Blob>} */
  const uploads = new Map();
  /** @type {Record<string, unknown>[]} */
  const prompts = [];
  /** @type {Record<string, Record<string, unknown>>} */
  const follow = {};
  /** @type {Record<string, Record<string, unknown>>} */
  const keep = {};
  for (const prompt of recipe.prompts) {
    if (prompt.text?.trim() === "") continue;
    const { modality, role, weight, negative } = prompt;
    const sample = await sampleOf(prompt, files, fileOf);
    const pointer = role === "prompt" ? `prompts/${prompts.length}` : `${role}/${modality}`;
    names.set(`/${pointer}`, prompt.name === undefined ? `the ${modality}` : `“${prompt.name}”`);
    const blob = files.get(sample.file ?? "");
    if (blob !== undefined) uploads.set(`/${pointer}`, blob);
    if (role === "prompt") prompts.push({ modality, ...sample, weight, negative });
    else if (role === "follow") {
      setOnce(follow, modality, notMade(sample, modality, recipe), "follow");
    } else setOnce(keep, modality, { ...sample, region: regionOf(prompt, recipe) }, "keep");
  }
  const { to, seed, steps, sampler, guidance, environment, candidates, count, more = {} } = recipe;
  const request = {
    prompts,
    to,
    steps,
    sampler,
    count,
    preview: Math.max(1, Math.round(steps / PREVIEWS)),
    ...(seed !== null && { seed }),
    ...forOutputs({ guidance, environment, candidates, ...more }, to),
    ...(Object.keys(follow).length > 0 && { follow }),
    ...(Object.keys(keep).length > 0 && { keep }),
  };
  return { request, files, names, uploads };
}

/**
 * @param {Record<string, unknown>} settings Settings, some of them one for each output.
 * @param {readonly string[]} to The outputs.
 * @returns {Record<string, unknown>} What is set for them; an output may have been switched off since.
 */
function forOutputs(settings, to) {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, setting]) => {
      if (setting === null) return [];
      if (typeof setting !== "object") return [[name, setting]];
      const own = Object.entries(setting).filter(([output]) => to.includes(output));
      return own.length === 0 ? [] : [[name, Object.fromEntries(own)]];
    }),
  );
}

/**
 * @param {RecipePrompt} prompt A prompt.
 * @param {Map<string, Blob>} files Gets its file.
 * @param {(key: string) => Promise<Blob | undefined>} fileOf Gives kept files.
 * @returns {Promise<Record<string, string>>} How the request names the sample.
 */
async function sampleOf({ text, output, file, modality, name }, files, fileOf) {
  if (text !== undefined) return { text: text.trim() };
  if (output !== undefined) return { output };
  const blob = file === undefined ? undefined : await fileOf(file);
  if (blob === undefined) {
    throw new Problem({
      title: "A file is missing",
      detail: `“${name ?? `the ${modality}`}” is not kept in this browser`,
      remedy: "Remove the prompt, or add the file again.",
    });
  }
  const field = `file-${files.size + 1}`;
  files.set(field, blob);
  return { file: field };
}

/**
 * @param {Record<string, Record<string, unknown>>} samples Those so far.
 * @param {string} modality The modality of one more.
 * @param {Record<string, unknown>} sample The sample.
 * @param {string} verb What is done with it.
 */
function setOnce(samples, modality, sample, verb) {
  if (modality in samples) {
    throw new Problem({
      title: `Two samples of ${modality} to ${verb}`,
      detail: `Outputs can ${verb} one sample of each modality`,
      remedy: "Make one of them a prompt, or remove it.",
    });
  }
  samples[modality] = sample;
}

/**
 * @param {Record<string, string>} sample A sample that is followed.
 * @param {string} modality Its modality.
 * @param {Recipe} recipe The recipe.
 * @returns {Record<string, string>} The sample.
 */
function notMade(sample, modality, { to }) {
  if (!to.includes(modality)) return sample;
  throw new Problem({
    title: `The ${modality} cannot be followed and made`,
    detail:
      `Outputs are to follow the given ${modality}, and a new ${modality} is made beside them`,
    remedy: `Switch ${modality} off among what is made, and something else on.`,
  });
}

/**
 * @param {RecipePrompt} prompt A prompt of which a part is kept.
 * @param {Recipe} recipe The recipe.
 * @returns {string} The part.
 */
function regionOf({ modality, region }, { to }) {
  if (!to.includes(modality)) {
    throw new Problem({
      title: "There is nothing to keep it in",
      detail: `A part of the ${modality} is to be kept, but no ${modality} is made`,
      remedy: `Switch ${modality} on among what is made.`,
    });
  }
  if (region.trim() !== "") return region.trim();
  throw new Problem({
    title: "Say which part to keep",
    detail: `The ${modality} has no part chosen`,
    remedy: "Draw it on the sample, or type it.",
  });
}
