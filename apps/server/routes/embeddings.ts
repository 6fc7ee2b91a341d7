import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { similarity } from "@codi/core/conditioning";
import { SPACE_WIDTH } from "@codi/core/modality";
import { Problem } from "../problem.ts";
import { check } from "../requests/check.ts";
import { readBody } from "../requests/read_body.ts";
import { checkFiles, resolveSample } from "../requests/resolve_samples.ts";
import { embeddingsSchema } from "../requests/schema.ts";
import type { EmbedInput } from "../runner/messages.ts";
import { checkRoom } from "./check_room.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { json, problems } from "./responses.ts";

const schema = z.object({
  space: z.string(),
  width: z.int(),
  embeddings: z.array(z.object({
    modality: z.string(),
    embedding: z.array(z.number()),
    notices: z.array(z.string()),
  })),
  similarities: z.array(z.array(z.number())).openapi({ description: "Cosines, each with each" }),
}).openapi("Embeddings");

/** How many requests may wait for the networks. */
const MOST_WAITING = 32;

/**
 * Adds the route that places samples in the shared space.
 *
 * @param app The app.
 * @param services What it works with.
 */
export function addEmbeddings(app: OpenAPIHono<RouteEnvironment>, services: Services): void {
  const { config: { limits }, modalities, generator } = services;
  let waiting = 0;
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/embeddings",
    tags: ["Embeddings"],
    summary: "Places samples in the shared space",
    request: { body: { content: { "application/json": { schema: embeddingsSchema } } } },
    responses: {
      200: json(schema, "Vectors of length 1, and how alike they are"),
      ...problems(400, 401, 408, 413, 415, 503),
    },
  });
  app.post("/v1/embeddings", async (c) => {
    await checkRoom(services, 0);
    const body = await readBody(c.req.raw, limits);
    const { inputs } = check(embeddingsSchema, body.json);
    if (inputs.length > limits.embeddings) {
      throw new Problem("too-large", `inputs: ${inputs.length} is above ${limits.embeddings}`);
    }
    checkFiles(inputs, limits);
    if (waiting >= MOST_WAITING) {
      throw new Problem("unavailable", "Too many samples are being embedded; try again later", {
        headers: { "Retry-After": "5" },
      });
    }
    waiting++;
    try {
      const context = { ...services, limits, owner: c.get("owner"), body };
      const samples: EmbedInput[] = [];
      for (const [place, input] of inputs.entries()) {
        const { text, file } = await resolveSample(
          input.modality,
          input,
          `/inputs/${place}`,
          context,
        );
        const bytes = file?.bytes ?? new TextEncoder().encode(text);
        samples.push({ modality: input.modality, bytes });
      }
      const embedded = await generator.embed(samples);
      const vectors = embedded.map(({ embedding }) => Float32Array.from(embedding));
      return c.json({
        space: modalities[0]!.space,
        width: SPACE_WIDTH,
        embeddings: embedded.map(({ embedding, notices }, place) => ({
          modality: inputs[place]!.modality,
          embedding,
          notices,
        })),
        similarities: vectors.map((a) => vectors.map((b) => similarity(a, b))),
      }, 200);
    } finally {
      waiting--;
    }
  });
}
