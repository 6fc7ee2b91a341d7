import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import type { JobOutput } from "../queue/job.ts";
import { parseRange } from "./byte_range.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { findJob } from "./find_job.ts";
import { problems } from "./responses.ts";

/**
 * Adds the route that hands out what a generation has made.
 *
 * @param app The app.
 * @param services What it works with.
 */
export function addOutputs(app: OpenAPIHono<RouteEnvironment>, services: Services): void {
  const { queue, store } = services;
  const bytes = { "application/octet-stream": { schema: z.string() } };
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/generations/{id}/outputs/{name}",
      tags: ["Generations"],
      summary: "Hands out an output, or the record of the run under the name run",
      request: {
        params: z.object({
          id: z.string().openapi({ param: { name: "id", in: "path" } }),
          name: z.string().openapi({ param: { name: "name", in: "path" }, example: "image" }),
        }),
        query: z.object({ download: z.string().optional() }),
        headers: z.object({ range: z.string().optional(), "if-none-match": z.string().optional() }),
      },
      responses: {
        200: { description: "The file, in its own media type", content: bytes },
        206: { description: "A part of it", content: bytes },
        304: { description: "It is as the ETag says" },
        ...problems(401, 404, 409, 410, 416),
      },
    }),
    async (c) => {
      const { id, name } = c.req.valid("param");
      const job = await findJob(queue, id, c.get("owner"));
      if (job.status !== "done") {
        throw new Problem("wrong-state", `The generation is ${job.status}, so it has no outputs`);
      }
      const output = job.outputs.find((output) => output.name === name);
      if (output === undefined) {
        const names = job.outputs.map(({ name }) => name).join(", ");
        throw new Problem(
          "not-found",
          `There is no output "${name.slice(0, 60)}"; there are ${names}`,
        );
      }
      const headers = headersOf(output, {
        download: c.req.valid("query").download !== undefined,
        seconds: Math.max(0, Math.floor(((job.expiresAt ?? 0) - Date.now()) / 1000)),
      });
      const known = c.req.header("if-none-match")?.split(",").map((tag) =>
        tag.trim().replace(/^W\//, "")
      );
      if (known?.some((tag) => tag === headers.ETag || tag === "*")) {
        return c.body(null, 304, headers);
      }
      const matches = [undefined, headers.ETag].includes(c.req.header("if-range"));
      const range = matches ? parseRange(c.req.header("range"), output.bytes) : undefined;
      if (range === "outside") {
        throw new Problem("range-not-satisfiable", `The file has ${output.bytes} bytes`, {
          headers: { "Content-Range": `bytes */${output.bytes}` },
        });
      }
      const content = await store.get(output.key, range);
      if (content === undefined) {
        throw new Problem("expired", "The results of this generation have been removed");
      }
      if (range === undefined) return c.body(content, 200, headers);
      return c.body(content, 206, {
        ...headers,
        "Content-Length": String(content.length),
        "Content-Range": `bytes ${range.start}-${range.end}/${output.bytes}`,
      });
    },
  );
}

function headersOf(
  { name, extension, mediaType, sha256, bytes }: JobOutput,
  { download, seconds }: { readonly download: boolean; readonly seconds: number },
) {
  return {
    "Content-Type": mediaType === "text/plain" ? "text/plain; charset=utf-8" : mediaType,
    "Content-Length": String(bytes),
    "Content-Disposition": `${download ? "attachment" : "inline"}; filename="${name}${extension}"`,
    "ETag": `"${sha256}"`,
    "Accept-Ranges": "bytes",
    "Cache-Control": `private, max-age=${seconds}, immutable`,
  };
}
