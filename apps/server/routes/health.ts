import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { Problem } from "../problem.ts";
import type { RequestMeter } from "../request_meter.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { json, problems } from "./responses.ts";

/**
 * Adds the routes for those who look after a server.
 *
 * @param app The app.
 * @param services What they work with.
 * @param meter What was measured.
 */
export function addHealth(
  app: OpenAPIHono<RouteEnvironment>,
  { queue }: Services,
  meter: RequestMeter,
): void {
  const security: never[] = [];
  const tags = ["Server"];
  app.openapi(
    createRoute({
      method: "get",
      path: "/healthz",
      tags,
      security,
      summary: "Tells that the process answers",
      responses: { 200: json(z.object({ status: z.literal("ok") }), "It does") },
    }),
    (c) => c.json({ status: "ok" as const }, 200),
  );
  app.openapi(
    createRoute({
      method: "get",
      path: "/readyz",
      tags,
      security,
      summary: "Tells whether generations are accepted",
      responses: {
        200: json(
          z.object({ status: z.literal("ready"), waiting: z.int(), running: z.int() }),
          "They are",
        ),
        ...problems(503),
      },
    }),
    async (c) => {
      try {
        const { waiting, running } = await queue.counts();
        return c.json({ status: "ready" as const, waiting, running }, 200);
      } catch (cause) {
        throw new Problem("unavailable", "The queue does not answer", { cause });
      }
    },
  );
  app.openapi(
    createRoute({
      method: "get",
      path: "/metrics",
      tags,
      security,
      summary: "Tells figures in the text format of Prometheus",
      responses: {
        200: { description: "Figures", content: { "text/plain": { schema: z.string() } } },
      },
    }),
    async (c) => {
      const { waiting, running, bytes } = await queue.counts();
      return c.text(
        meter.text({
          codi_generations_waiting: waiting,
          codi_generations_running: running,
          codi_store_bytes: bytes,
          codi_memory_bytes: Deno.memoryUsage().rss,
        }),
        200,
      );
    },
  );
}
