import { MIXING_RULES } from "@codi/core/conditioning";
import { MOST_CANDIDATES } from "@codi/core/generation";
import { z } from "zod";
import type { OutputRecord, Recipe } from "./run_record.ts";

/** A recipe that was kept, and what is known of the run. */
export interface FoundRecipe {
  /** The recipe. */
  readonly recipe: Recipe;
  /** Whether the file is nothing but the record of a run. */
  readonly isRecord: boolean;
  /** The numbers of the samples it tells of: that of the file, or those that the run finished. */
  readonly samples: readonly number[];
  /** The files the run wrote, if the record tells. */
  readonly outputs: readonly OutputRecord[] | undefined;
}

const NUMBERS = z.record(z.string(), z.number());
const TEXTS = z.record(z.string(), z.string());

const SAMPLE = z.object({
  text: z.string().optional(),
  file: z.string().optional(),
  sha256: z.string().optional(),
});

const SCHEMA = z.object({
  codi: z.string(),
  space: z.string(),
  plugins: TEXTS,
  weights: TEXTS,
  prompts: z.array(SAMPLE.extend({
    modality: z.string(),
    weight: z.number().positive(),
    negative: z.boolean(),
  })),
  to: z.array(z.string()).min(1),
  seed: z.number().int().min(0),
  sampler: z.string(),
  steps: z.number().int().min(1).max(1000),
  guidance: NUMBERS,
  // Earlier versions tried one.
  candidates: z.record(z.string(), z.number().int().min(1).max(MOST_CANDIDATES)).optional(),
  mixing: z.enum(MIXING_RULES).default("unit"),
  environment: NUMBERS.default({}),
  follow: z.record(z.string(), SAMPLE).default({}),
  keep: z.record(
    z.string(),
    z.union([SAMPLE.extend({ region: z.string() }), SAMPLE.extend({ mask: SAMPLE })]),
  ).default({}),
  decoding: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()]))),
  formats: TEXTS.default({}),
  count: z.number().int().min(1).max(1000),
  batch: z.number().int().min(1).max(1000),
  runtime: z.object({
    deno: z.string(),
    onnxruntime: z.string(),
    os: z.string(),
    arch: z.string(),
    threads: z.number().int().min(1),
  }),
  sample: z.number().int().min(0).optional(),
  outputs: z.array(z.object({
    modality: z.string(),
    sample: z.number().int().min(0),
    file: z.string(),
    sha256: z.string(),
  })).optional(),
});

/**
 * Finds the recipe in a run's record, or in the metadata of a file that a run has written: it is kept
 * as plain text wherever a format has room for one.
 *
 * @param bytes A `run.json`, or a picture, a sound, a clip.
 * @returns The recipe, or undefined if there is none.
 * @throws {SyntaxError} If there is one that lacks something, which the message names.
 */
export function findRecipe(bytes: Uint8Array): FoundRecipe | undefined {
  const json = jsonIn(bytes);
  const isRecord = json !== undefined && "codi" in json;
  const value = isRecord ? json : recordBeside(json) ?? embeddedIn(bytes);
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && "request" in value) {
    throw new SyntaxError(
      "it tells of a run of the server, which takes the request at POST /v1/generations",
    );
  }
  const result = SCHEMA.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new SyntaxError(
      `its recipe does not say "${issue!.path.join(".")}" as it should: ${issue!.message}`,
    );
  }
  const { sample, outputs, ...found } = result.data;
  const one = Object.fromEntries(found.to.map((name) => [name, 1]));
  const recipe = { ...found, candidates: found.candidates ?? one };
  const samples = sample !== undefined
    ? [sample]
    : outputs !== undefined
    ? [...new Set(outputs.map((output) => output.sample))]
    : Array.from({ length: recipe.count }, (_, number) => number);
  if (samples.some((number) => number >= recipe.count)) {
    throw new SyntaxError(`its recipe is of ${recipe.count} samples, but tells of later ones`);
  }
  return { recipe: recipe as Recipe, isRecord, samples, outputs };
}

/**
 * The object that a whole file of JSON holds.
 *
 * @param bytes The file.
 * @returns The object or list; undefined if the file is no JSON, or no more than a text or a number.
 */
export function jsonIn(bytes: Uint8Array): object | undefined {
  // What else begins with a bracket or with white space is small, or a text.
  if (!/^\s*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as object;
  } catch {
    return undefined;
  }
}

/** The recipe that JSON of a modality has as its description. */
function recordBeside(json: object | undefined): unknown {
  return json !== undefined && "description" in json
    ? embeddedIn(new TextEncoder().encode(`${json.description}`))
    : undefined;
}

/** A record between other bytes, in ASCII letters and without spaces outside its texts. */
function embeddedIn(bytes: Uint8Array): unknown {
  const text = new TextDecoder("latin1").decode(bytes);
  const begin = text.indexOf('{"codi":"');
  if (begin < 0) return undefined;
  let depth = 0;
  for (let i = begin; i < text.length; i++) {
    if (text[i] === '"') i = endOfText(text, i);
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) {
      try {
        return JSON.parse(text.slice(begin, i + 1));
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
}

/** The place of the quotation mark that ends a text of JSON. */
function endOfText(text: string, begin: number): number {
  let i = begin + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}
