import type { Codi } from "@codi/core/generation";
import { findRecipe, type FoundRecipe, jsonIn } from "../generate/find_recipe.ts";
import { type Description, sizeText } from "./description.ts";
import { describePrompt } from "./describe_prompt.ts";
import { type Neighbourhood, promptOf } from "./neighbourhood.ts";

/**
 * Describes a file: what reads it, how it was generated, and what lies near it.
 *
 * @param path What it is called.
 * @param bytes Its content.
 * @param codi The modalities.
 * @param neighbourhood What it is compared with.
 * @returns Its description.
 * @throws {Error} If nothing reads it and it holds no recipe.
 */
export async function describeFile(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  codi: Codi,
  neighbourhood: () => Promise<Neighbourhood>,
): Promise<Description> {
  const { found, problem } = recipeIn(bytes);
  const size = sizeText(bytes.length);
  const recipe: Description["rows"] = found !== undefined
    ? recipeRows(found)
    : problem !== undefined
    ? [["no recipe", problem.message]]
    : [];
  if (found?.isRecord) {
    return {
      title: `${path}: the record of a run, ${size}`,
      rows: recipe,
      json: { kind: "run", path, bytes: bytes.length, recipe: found.recipe },
    };
  }
  // JSON is text, but no sentence.
  const prompt = await promptOf(codi, bytes, { words: jsonIn(bytes) === undefined });
  if (prompt === undefined && found === undefined) {
    if (problem !== undefined) throw problem;
    throw new Error(
      `Cannot inspect "${path}": it holds no weights and no recipe, and no plugin reads it`,
    );
  }
  if (prompt === undefined) {
    return {
      title: `${path}: made by a run, ${size}; no installed plugin reads it`,
      rows: recipe,
      json: { kind: "file", path, bytes: bytes.length, recipe: found!.recipe },
    };
  }
  const described = await describePrompt("", prompt, codi, neighbourhood);
  const shape = (prompt.sample as { shape?: readonly number[] }).shape;
  return {
    title: `${path}: ${prompt.modality}, ${size}${
      shape === undefined ? "" : `, read as [${shape.join(", ")}]`
    }`,
    rows: [...recipe, ...described.rows],
    json: {
      ...described.json,
      kind: "file",
      path,
      title: path,
      bytes: bytes.length,
      shape: shape ?? null,
      recipe: found?.recipe ?? null,
    },
  };
}

/** The recipe of a file, or what is wrong with it. */
function recipeIn(bytes: Uint8Array): { found?: FoundRecipe | undefined; problem?: SyntaxError } {
  try {
    return { found: findRecipe(bytes) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error };
    throw error;
  }
}

function recipeRows({ recipe, samples }: FoundRecipe): Description["rows"] {
  const { prompts, follow, keep, to, seed, steps, sampler, guidance, candidates, count } = recipe;
  const scales = Object.entries(guidance).map(([name, scale]) => `${name} ${scale}`);
  const tried = Object.entries(candidates).filter(([, number]) => number > 1)
    .map(([name, number]) => `${name} ${number}`);
  return [
    [
      "made from",
      ...prompts.map(({ modality, text, file, weight, negative }) =>
        `${negative ? "not " : ""}${text === undefined ? `the ${modality} ${file}` : `"${text}"`}${
          weight === 1 ? "" : `, weight ${weight}`
        }`
      ),
      ...Object.entries(follow).map(([name, { file, text }]) =>
        `following the ${name} ${file ?? `"${text}"`}`
      ),
      ...Object.entries(keep).map(([name, kept]) =>
        `keeping ${
          "region" in kept ? kept.region : `what ${kept.mask.file} marks`
        } of the ${name} ${kept.file ?? `"${kept.text}"`}`
      ),
    ],
    [
      "made as",
      `${to.join(", ")}; seed ${seed}, ${steps} steps of ${sampler}, guidance ${scales.join(", ")}${
        tried.length === 0 ? "" : `, candidates ${tried.join(", ")}`
      }${
        count === 1
          ? ""
          : `; ${
            samples.length === 1 ? `sample ${samples[0]! + 1}` : `${samples.length} samples`
          } of ${count}`
      }`,
    ],
  ];
}
