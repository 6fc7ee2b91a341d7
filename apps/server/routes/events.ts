import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { isLast, type LoggedChange } from "../events/event_log.ts";
import { internalProblem, Problem } from "../problem.ts";
import { FINAL, type Job } from "../queue/job.ts";
import type { JobChange } from "../queue/queue.ts";
import type { RouteEnvironment, Services } from "./environment.ts";
import { findJob } from "./find_job.ts";
import { generationResource } from "./generation_resource.ts";
import { problems } from "./responses.ts";

/** How many streams may be open. */
const MOST_STREAMS = 256;

/**
 * Adds the stream of a generation's events.
 *
 * @param app The app.
 * @param services What it works with.
 */
export function addEvents(app: OpenAPIHono<RouteEnvironment>, services: Services): void {
  let open = 0;
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/generations/{id}/events",
      tags: ["Generations"],
      summary: "Tells what happens to a generation, as it happens",
      request: {
        params: z.object({ id: z.string().openapi({ param: { name: "id", in: "path" } }) }),
        headers: z.object({ "last-event-id": z.string().optional() }),
        query: z.object({ lastEventId: z.string().optional() }),
      },
      responses: {
        200: {
          description: "Server-sent events: state, step, preview, and at the end done, failed, " +
            "cancelled or expired",
          content: { "text/event-stream": { schema: z.string() } },
        },
        204: { description: "Everything was told already" },
        ...problems(401, 404, 410, 503),
      },
    }),
    async (c) => {
      const job = await findJob(services.queue, c.req.valid("param").id, c.get("owner"));
      const last = c.req.header("last-event-id") ?? c.req.valid("query").lastEventId;
      if (FINAL.includes(job.status) && last === job.status) return c.body(null, 204);
      // Whoever asks for the head alone never reads a stream, and would keep it open.
      if (c.req.method === "HEAD") {
        const headers = { "Content-Type": "text/event-stream" };
        return c.body(null, 200, headers) as Response & { readonly _body?: never };
      }
      if (open >= MOST_STREAMS) {
        throw new Problem("unavailable", "Too many streams are open; ask for the state instead", {
          headers: { "Retry-After": "10" },
        });
      }
      open++;
      return streamSSE(c, async (stream) => {
        try {
          await tell(stream, job, last, services);
        } catch (error) { // Hono would send its message
          const { report } = services;
          const { document } = internalProblem("Cannot stream events", error, report);
          await stream.writeSSE({ event: "error", data: JSON.stringify(document) });
        } finally {
          open--;
        }
      }) as Response & { readonly _body?: never };
    },
  );
}

/** Tells everything until the job is over or nobody listens any more. */
async function tell(
  stream: SSEStreamingApi,
  job: Job,
  last: string | undefined,
  services: Services,
): Promise<void> {
  const { queue, events, config } = services;
  const heartbeat = 1000 * config.heartbeatSeconds;
  const pending: LoggedChange[] = [];
  let wake = () => {};
  let told = last === undefined ? undefined : events.after(job.id, last);
  let position = job.status === "waiting" ? -1 : undefined;
  let othersMoved = false;
  const unlisten = events.listen((logged) => {
    if (logged.change.id !== job.id) othersMoved ||= logged.change.type === "state";
    else {
      // Whoever reads slowly gets the newest preview only.
      if (logged.change.type === "preview") {
        const place = pending.findIndex(({ change }) => change.type === "preview");
        if (place >= 0) pending.splice(place, 1);
      }
      pending.push(logged);
    }
    wake();
  });
  const unwatch = queue.watch(job.id);
  stream.onAbort(() => wake());
  const send = async ({ id, change }: LoggedChange): Promise<boolean> => {
    const { event, data, end } = await messageOf(change, services);
    if (event === "state") position = (data as { position?: number }).position;
    await stream.writeSSE({ event, data: JSON.stringify(data), id: end ? event : id });
    return end;
  };
  const stateOf = (now: Job): LoggedChange => ({
    id: events.last,
    change: { type: "state", id: job.id, job: now },
  });
  try {
    if (told === undefined) {
      // What the job was when it was found may be over by now.
      pending.length = 0;
      const now = await queue.get(job.id) ?? job;
      told = [stateOf(now)];
    }
    // The last change of a job at another machine may have got lost on its way.
    if (FINAL.includes(job.status) && !told.some(({ change }) => isLast(change))) {
      told = [...told, stateOf(job)];
    }
    pending.unshift(...told);
    let beat = Date.now();
    while (!stream.aborted && !stream.closed) {
      const next = pending.shift();
      if (next !== undefined) {
        if (await send(next)) return;
        continue;
      }
      if (othersMoved && position !== undefined) {
        othersMoved = false;
        const moved = await queue.position(job.id);
        if (moved !== undefined && moved !== position) {
          position = moved;
          const data = JSON.stringify({ status: "waiting", position });
          await stream.writeSSE({ event: "state", data, id: events.last });
        }
        continue;
      }
      const woken = new Promise<void>((resolve) => wake = resolve);
      if (pending.length > 0 || stream.aborted) continue;
      const timer = setTimeout(() => wake(), Math.max(0, beat + heartbeat - Date.now()));
      await woken;
      clearTimeout(timer);
      if (Date.now() >= beat + heartbeat) {
        beat = Date.now();
        await stream.write(": ping\n\n");
        const now = await queue.get(job.id);
        if (now === undefined) return;
        if (FINAL.includes(now.status) && pending.length === 0) pending.push(stateOf(now));
      }
    }
  } finally {
    unlisten();
    unwatch();
  }
}

async function messageOf(
  change: JobChange,
  { queue, modalities }: Services,
): Promise<{ event: string; data: unknown; end: boolean }> {
  if (change.type === "step") {
    return { event: "step", data: { step: change.step, steps: change.steps }, end: false };
  }
  if (change.type === "preview") return { event: "preview", data: change.preview, end: false };
  const { job } = change;
  if (FINAL.includes(job.status)) {
    return {
      event: job.status,
      data: await generationResource(job, modalities, queue),
      end: true,
    };
  }
  const data = job.status === "waiting"
    ? { status: job.status, position: await queue.position(job.id) ?? 0 }
    : { status: job.status, step: job.step, steps: job.spec.steps, notices: job.notices };
  return { event: "state", data, end: false };
}
