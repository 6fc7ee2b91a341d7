import { z } from "@hono/zod-openapi";
import { MIXING_RULES, USUAL_MIXING } from "@codi/core/conditioning";

/** What a sample is given by; exactly one of them. */
const GIVEN = ["text", "data", "file", "output"] as const;

const sample = {
  text: z.string().optional().openapi({ description: "Words", example: "a red guitar" }),
  data: z.string().optional().openapi({ description: "A file in base64, or as a data: URL" }),
  file: z.string().optional().openapi({
    description: "The field of a multipart body with the file",
  }),
  output: z.string().optional().openapi({
    description: "The path of an output of an earlier generation",
    example: "/v1/generations/ID/outputs/image",
  }),
};

function exactlyOne(value: Readonly<Partial<Record<(typeof GIVEN)[number], unknown>>>): boolean {
  return GIVEN.filter((name) => value[name] !== undefined).length === 1;
}

const ONE = { error: `it takes exactly one of ${GIVEN.join(", ")}` };

const { text: _text, ...file } = sample;

/** A mask, which is a file. */
const mask = z.strictObject(file).refine(exactlyOne, {
  error: `it takes exactly one of ${GIVEN.filter((name) => name !== "text").join(", ")}`,
});

const prompt = z.strictObject({
  modality: z.string().openapi({ example: "text" }),
  ...sample,
  weight: z.number({ error: "weights are positive numbers" })
    .positive({ error: "weights are positive numbers" })
    .max(1000, { error: "weights are at most 1000" }).default(1)
    .openapi({ description: "Its share beside other prompts" }),
  negative: z.boolean().default(false).openapi({ description: "Whether to steer away from it" }),
}).refine(exactlyOne, ONE).openapi("Prompt");

const scale = z.union([
  z.number().min(0).max(50),
  z.record(z.string(), z.number().min(0).max(50)),
], { error: "it is a number from 0 to 50, or one for each modality" });

/** The most names of outputs; there are fewer modalities. */
const MOST_OUTPUTS = 64;

/** The most candidates of a sample: the time to make it grows with them. */
const MOST_CANDIDATES = 16;

const CANDIDATES = { error: `candidates are a whole number from 1 to ${MOST_CANDIDATES}` };

const candidates = z.int(CANDIDATES).min(1, CANDIDATES).max(MOST_CANDIDATES, CANDIDATES);

/** A request for a generation, as it is sent. */
export const generationSchema = z.strictObject({
  prompts: z.array(prompt).default([]),
  to: z.array(z.string()).min(1, { error: "name at least one modality" })
    .max(MOST_OUTPUTS, { error: `name at most ${MOST_OUTPUTS} modalities` })
    .openapi({ description: "The modalities to generate, together", example: ["image", "audio"] }),
  seed: z.int().min(0).optional().openapi({
    description: "Keys all noise; drawn if left out",
  }),
  steps: z.int().min(1).default(25),
  sampler: z.string().default("dpm++"),
  eta: z.number().min(0).max(1).default(0).openapi({
    description: "How much of its noise DDIM draws afresh",
  }),
  guidance: scale.optional(),
  environment: scale.optional().openapi({
    description: "How much outputs heed each other; 0 makes each by itself",
  }),
  candidates: z.union([candidates, z.record(z.string(), candidates)], {
    error: `${CANDIDATES.error}, or one for each modality`,
  }).optional().openapi({
    description:
      "How many beginnings of each sample are tried; the one that fits its prompts best goes on",
  }),
  follow: z.record(z.string(), z.strictObject(sample).refine(exactlyOne, ONE)).default({})
    .openapi({ description: "Samples that are not generated but followed in time, by modality" }),
  keep: z.record(
    z.string(),
    z.strictObject({
      ...sample,
      region: z.string().max(200).optional().openapi({
        description: "The part: x0,y0,x1,y1 in pixels, or ranges of seconds",
        example: "0,0,32,64",
      }),
      mask: mask.optional().openapi({
        description:
          "The part, in place of a region: a picture of the sample's shape, white is kept",
      }),
    }).refine(exactlyOne, ONE).refine(
      ({ region, mask }) => (region === undefined) !== (mask === undefined),
      { error: "it takes exactly one of region, mask" },
    ),
  ).default({}).openapi({
    description: "Samples of which a part is kept while the rest is generated, by output",
  }),
  mixing: z.enum(MIXING_RULES).default(USUAL_MIXING).openapi({
    description:
      "How several prompts count together: `unit` brings the weighted mean of their embeddings back to length 1, `sum` does not, `tokens` gives each its own context tokens",
  }),
  count: z.int().min(1).default(1),
  decoding: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
    .default({}).openapi({ description: "Settings of decoding, by modality" }),
  format: z.record(z.string(), z.string()).default({}).openapi({
    description: "Formats of files, by modality",
    example: { video: "gif" },
  }),
  preview: z.int().min(0).max(1000).default(5).openapi({
    description: "A preview every so many steps; 0 for none",
  }),
}).openapi("GenerationRequest");

/** A checked request for a generation. */
export type GenerationRequest = z.infer<typeof generationSchema>;

/** A sample of a request. */
export type SampleRequest = Readonly<Partial<Record<(typeof GIVEN)[number], string | undefined>>>;

/** A sample of a request, of which a part is kept. */
export type KeptRequest = GenerationRequest["keep"][string];

/** A request for embeddings, as it is sent. */
export const embeddingsSchema = z.strictObject({
  inputs: z.array(
    z.strictObject({ modality: z.string(), ...sample }).refine(exactlyOne, ONE),
  ).min(1, { error: "give at least one" }),
}).openapi("EmbeddingsRequest");
