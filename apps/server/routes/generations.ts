import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import {
  FINAL,
  type KeptSpec,
  type PromptSpec,
  type SampleSpec,
  uploadBytesOf,
} from "../queue/job.ts";
import { check } from "../requests/check.ts";
import { checkCost } from "../requests/check_cost.ts";
import { checkGeneration } from "../requests/check_generation.ts";
import { readBody } from "../requests/read_body.ts";
import { keepKept, type ResolvedKept, resolveKept } from "../requests/resolve_kept.ts";
import {
  checkFiles,
  keepSample,
  type ResolvedSample,
  resolveSample,
} from "../requests/resolve_samples.ts";
import { generationSchema } from "../requests/schema.ts";
import { sha256 } from "../sha256.ts";
import { checkRoom } from "./check_room.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { findJob } from "./find_job.ts";
import { generationResource, generationResourceSchema } from "./generation_resource.ts";
import { json, problems } from "./responses.ts";

const tags = ["Generations"];
const params = z.object({ id: z.string().openapi({ param: { name: "id", in: "path" } }) });

/**
 * Adds the routes that accept, tell, list and cancel generations.
 *
 * @param app The app.
 * @param services What they work with.
 */
export function addGenerations(app: OpenAPIHono<RouteEnvironment>, services: Services): void {
  const { modalities, queue } = services;
  const bodies = {
    "application/json": { schema: generationSchema },
    "multipart/form-data": {
      schema: z.object({
        request: z.string().openapi({ description: "The request, as JSON" }),
      }).catchall(z.any()).openapi({ description: "The other fields are files" }),
    },
  };
  // The body is read by hand, with limits; the route is registered for its documentation.
  app.openAPIRegistry.registerPath({
    method: "post",
    path: "/v1/generations",
    tags,
    summary: "Asks for a generation",
    request: {
      headers: z.object({ "Idempotency-Key": z.string().max(200).optional() }),
      body: { content: bodies, required: true },
    },
    responses: {
      202: json(generationResourceSchema, "It was accepted; Location says where it is"),
      200: json(generationResourceSchema, "It was accepted before, with the same Idempotency-Key"),
      ...problems(400, 401, 403, 408, 413, 415, 422, 429, 503),
    },
  });
  app.post("/v1/generations", async (c) => {
    const { created, id } = await accept(c.req.raw, c.get("owner"), services);
    const resource = await generationResource((await queue.get(id))!, modalities, queue);
    return c.json(resource, created ? 202 : 200, { Location: `/v1/generations/${id}` });
  });

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/generations",
      tags,
      summary: "Lists generations, the newest first",
      request: {
        query: z.object({
          limit: z.coerce.number().int().min(1).max(100).default(20),
          before: z.string().regex(/^\d{1,16}$/, { error: "it is the cursor of an earlier answer" })
            .optional(),
          status: z.enum(["waiting", "running", ...FINAL]).optional(),
        }),
      },
      responses: {
        200: json(
          z.object({ generations: z.array(generationResourceSchema), next: z.string().nullable() }),
          "A page of them; next is the cursor of the following one",
        ),
        ...problems(400, 401),
      },
    }),
    async (c) => {
      const { limit, before, status } = c.req.valid("query");
      const { jobs, next } = await queue.list({
        owner: c.get("owner"),
        limit,
        ...(before !== undefined && { before }),
        ...(status !== undefined && { status }),
      });
      const generations = await Promise.all(
        jobs.map((job) => generationResource(job, modalities, queue)),
      );
      if (next !== undefined) {
        const query = new URLSearchParams({
          limit: String(limit),
          before: next,
          ...(status && { status }),
        });
        c.header("Link", `</v1/generations?${query}>; rel="next"`);
      }
      return c.json({ generations, next: next ?? null }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/generations/{id}",
      tags,
      summary: "Tells how a generation stands",
      request: { params },
      responses: {
        200: json(generationResourceSchema, "The generation"),
        ...problems(401, 404, 410),
      },
    }),
    async (c) => {
      const job = await findJob(queue, c.req.valid("param").id, c.get("owner"));
      return c.json(await generationResource(job, modalities, queue), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/v1/generations/{id}",
      tags,
      summary: "Cancels a generation",
      request: { params },
      responses: {
        200: json(generationResourceSchema, "The generation, cancelled"),
        ...problems(401, 404, 409, 410),
      },
    }),
    async (c) => {
      const job = await findJob(queue, c.req.valid("param").id, c.get("owner"));
      if (FINAL.includes(job.status)) {
        throw new Problem("wrong-state", `The generation is ${job.status} already`);
      }
      const now = await queue.cancel(job.id) ?? job;
      return c.json(await generationResource(now, modalities, queue), 200);
    },
  );
}

/** Checks a request, puts its files into the store and the job into the queue. */
async function accept(
  request: Request,
  owner: string,
  services: Services,
): Promise<{ id: string; created: boolean }> {
  const { config: { limits }, modalities, queue, store } = services;
  const key = request.headers.get("idempotency-key") ?? undefined;
  if (key !== undefined && !/^[\x20-\x7e]{1,200}$/.test(key)) {
    throw new Problem("invalid-request", "An Idempotency-Key is 1 to 200 printable characters");
  }
  await queue.admit(owner, key);
  // Who does not say how much it is may send as much as is allowed.
  await checkRoom(services, Number(request.headers.get("content-length") ?? limits.requestBytes));
  const body = await readBody(request, limits);
  const wanted = check(generationSchema, body.json);
  checkGeneration(wanted, modalities, limits);
  const kept = Object.values(wanted.keep);
  const masks = kept.flatMap(({ mask }) => mask === undefined ? [] : [mask]);
  checkFiles([wanted.prompts, Object.values(wanted.follow), kept, masks].flat(), limits);
  const context = { ...services, limits, owner, body };
  const resolved = [];
  for (const [place, prompt] of wanted.prompts.entries()) {
    const sample = await resolveSample(prompt.modality, prompt, `/prompts/${place}`, context);
    resolved.push({ prompt, sample });
  }
  const followed: [name: string, sample: ResolvedSample][] = [];
  for (const [name, given] of Object.entries(wanted.follow)) {
    followed.push([name, await resolveSample(name, given, `/follow/${name}`, context)]);
  }
  const parts: [name: string, kept: ResolvedKept][] = [];
  for (const [name, given] of Object.entries(wanted.keep)) {
    parts.push([name, await resolveKept(name, given, `/keep/${name}`, context)]);
  }
  const samples = [
    ...resolved.map(({ sample }) => sample),
    ...followed.map(([, sample]) => sample),
    ...parts.flatMap(([, { sample, part }]) =>
      "mask" in part ? [sample, { file: part.mask }] : [sample]
    ),
  ];
  checkCost(wanted, samples, limits);
  const id = newId();
  const prompts: PromptSpec[] = [];
  try {
    for (const [place, { prompt: { modality, weight, negative }, sample }] of resolved.entries()) {
      const kept = await keepSample(sample, `${id}/in/${place}`, store);
      prompts.push({ modality, weight, negative, ...kept });
    }
    const follow: Record<string, SampleSpec> = {};
    const keep: Record<string, KeptSpec> = {};
    for (const [name, sample] of followed) {
      follow[name] = await keepSample(sample, `${id}/in/follow-${name}`, store);
    }
    for (const [name, kept] of parts) {
      keep[name] = await keepKept(kept, `${id}/in`, name, store);
    }
    const { seed = drawSeed(), guidance, environment, candidates } = wanted;
    const spec = { ...wanted, prompts, follow, keep, seed, guidance, environment, candidates };
    const { job, created } = await queue.add({
      id,
      owner,
      spec,
      bytes: uploadBytesOf(spec),
      ...(key !== undefined &&
        { idempotency: { key, digest: await digestOf(request, body.bytes) } }),
    });
    if (!created) await store.remove(`${id}/`);
    return { id: job.id, created };
  } catch (error) {
    await store.remove(`${id}/`);
    throw error;
  }
}

/** Equal for equal requests: the boundary of a multipart body is drawn anew each time. */
async function digestOf(request: Request, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const boundary = /boundary="?([^";]+)/.exec(request.headers.get("content-type") ?? "")?.[1];
  if (boundary === undefined) return await sha256(bytes);
  const text = new TextDecoder("latin1").decode(bytes).replaceAll(boundary, "");
  return await sha256(text);
}

function newId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
