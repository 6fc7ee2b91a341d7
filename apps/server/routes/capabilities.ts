import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { MIXING_RULES } from "@codi/core/conditioning";
import { samplers } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import config from "../deno.json" with { type: "json" };
import { acceptedTypes } from "../intake/accepted_types.ts";
import { canBeFollowed, canBeMasked } from "../requests/check_generation.ts";
import { generationSchema } from "../requests/schema.ts";
import { isWords } from "../requests/resolve_samples.ts";
import { weightsDigests } from "../runner/weights_digests.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { json } from "./responses.ts";

const schema = z.object({
  version: z.string(),
  space: z.string(),
  authentication: z.enum(["none", "bearer"]),
  modalities: z.array(z.object({
    name: z.string(),
    version: z.string(),
    bridge: z.boolean(),
    prompt: z.boolean(),
    output: z.boolean(),
    words: z.boolean().openapi({ description: "Whether its prompts are given as text" }),
    accepts: z.array(z.string()).openapi({ description: "Media types of files" }),
    writes: z.string(),
    formats: z.record(z.string(), z.string()),
    guidance: z.number().nullable(),
    environment: z.number().nullable().openapi({
      description: "How much it heeds other outputs, where it hears them",
    }),
    candidates: z.int().nullable().openapi({
      description: "How many beginnings of each sample are tried, where it hears no other output",
    }),
    follow: z.boolean().openapi({ description: "Whether outputs can follow a sample of it" }),
    keep: z.boolean().openapi({ description: "Whether a part of a sample can be kept, by words" }),
    mask: z.boolean().openapi({ description: "Whether a part of a sample can be kept, by a mask" }),
  })),
  combinations: z.object({
    prompts: z.array(z.string()),
    outputs: z.array(z.string()),
    count: z.int().openapi({ description: "Non-empty sets of prompts times those of outputs" }),
  }),
  samplers: z.array(z.string()),
  mixing: z.array(z.string()),
  defaults: z.object({ sampler: z.string(), steps: z.int(), count: z.int(), preview: z.int() }),
  limits: z.record(z.string(), z.number()),
  expiry: z.object({ resultSeconds: z.number() }),
  weights: z.record(z.string(), z.string()).openapi({ description: "SHA-256 by part" }),
}).openapi("Capabilities");

/**
 * Adds the route that tells what a server can do.
 *
 * @param app The app.
 * @param services What it works with.
 */
export function addCapabilities(
  app: OpenAPIHono<RouteEnvironment>,
  { modalities, config: { limits, tokens, resultSeconds } }: Services,
): void {
  const outputs = modalities.filter(isOutput).map(({ name }) => name);
  const prompts = modalities.map(({ name }) => name);
  const { sampler, steps, count, preview } = generationSchema.parse({ to: ["any"] });
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/capabilities",
      tags: ["Server"],
      summary: "Tells what the server can do",
      security: [],
      responses: { 200: json(schema, "Modalities, samplers, limits and versions") },
    }),
    async (c) =>
      c.json({
        version: config.version,
        space: modalities[0]!.space,
        authentication: Object.keys(tokens).length > 0 ? "bearer" as const : "none" as const,
        modalities: modalities.map((modality) => ({
          name: modality.name,
          version: modality.version,
          bridge: modality.bridge,
          prompt: true,
          output: isOutput(modality),
          words: isWords(modality),
          accepts: acceptedTypes(modality),
          writes: modality.codec.writes,
          formats: Object.fromEntries(
            Object.entries(modality.codec.formats ?? {}).map(([name, { mediaType }]) => [
              name,
              mediaType,
            ]),
          ),
          guidance: modality.diffusion?.guidance ?? null,
          environment: canBeFollowed(modality) ? modality.environment!.guidance : null,
          candidates: modality.diffusion === undefined ? null : modality.diffusion.candidates ?? 1,
          follow: canBeFollowed(modality),
          keep: isOutput(modality) && modality.autoencoder?.regionMask !== undefined,
          mask: isOutput(modality) && canBeMasked(modality),
        })),
        combinations: {
          prompts,
          outputs,
          count: (2 ** prompts.length - 1) * (2 ** outputs.length - 1),
        },
        samplers: Object.keys(samplers),
        mixing: [...MIXING_RULES],
        defaults: { sampler, steps, count, preview },
        limits: { ...limits },
        expiry: { resultSeconds },
        weights: await weightsDigests(modalities),
      }, 200),
  );
}

function isOutput({ autoencoder, diffusion }: AnyModality): boolean {
  return autoencoder !== undefined && diffusion !== undefined;
}
