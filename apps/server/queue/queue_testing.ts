/** What must hold for every queue, whatever it keeps jobs in. */

import { assert, assertEquals } from "@std/assert";
import { Problem } from "../problem.ts";
import type { JobOutput, JobSpec } from "./job.ts";
import type { JobQueue, Lease, NewJob } from "./queue.ts";

/** The limits of the queues that are checked: three may wait, results are kept for ten seconds. */
export const CHECKED = { waiting: 3, resultSeconds: 10, forgetSeconds: 100 };

/** Who takes any job. */
export const ALL = { modalities: ["text", "image", "audio"], samples: 8 };

const SPEC: JobSpec = {
  ...{ prompts: [], to: ["image"], seed: 1, steps: 2, sampler: "dpm++", eta: 0, mixing: "unit" },
  ...{ guidance: undefined, environment: undefined, candidates: undefined },
  ...{ follow: {}, keep: {}, count: 1 },
  ...{ decoding: {}, format: {}, preview: 0 },
};

/** What a small job makes, but for the changes. */
export function specOf(changes: Partial<JobSpec> = {}): JobSpec {
  return { ...SPEC, ...changes };
}

function job(id: string, changes: Partial<JobSpec> = {}): NewJob {
  return { id, owner: "somebody", spec: specOf(changes), bytes: 10 };
}

/** The problem with which some work rejects, by the end of its type. */
export async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error.document.type.split(":").at(-1)!;
    throw error;
  }
  throw new Error("It did not reject");
}

/** Takes what is there; what was told of may take a moment to arrive. */
async function take(queue: JobQueue, options = ALL): Promise<Lease[]> {
  for (let time = 0; time < 100; time++) {
    const leases = await queue.take(options);
    if (leases.length > 0) return leases;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [];
}

/**
 * Checks a queue that is empty, in the way that servers and workers use it.
 *
 * @param queue The queue, opened with {@linkcode CHECKED}.
 */
export async function checkQueue(queue: JobQueue): Promise<void> {
  const idempotency = { key: "k", digest: "1" };

  // It is bounded, and takes a request with a known key once only.
  assertEquals((await queue.add({ ...job("a"), idempotency })).created, true);
  const again = await queue.add({ ...job("b"), idempotency });
  assertEquals([again.created, again.job.id], [false, "a"]);
  const other = { ...job("b"), idempotency: { key: "k", digest: "2" } };
  assertEquals(await problemOf(queue.add(other)), "idempotency-mismatch");
  assertEquals((await queue.add({ ...other, owner: "somebody-else" })).created, true);
  await queue.admit("somebody", undefined);
  await queue.add(job("c", { to: ["audio"] }));
  assertEquals(await problemOf(queue.add(job("d"))), "queue-full");
  assertEquals(await problemOf(queue.admit("somebody", undefined)), "queue-full");
  await queue.admit("somebody", "k");
  assertEquals((await queue.add({ ...job("e"), idempotency })).job.id, "a");
  assertEquals(await queue.counts(), { waiting: 3, running: 0, bytes: 30 });
  assertEquals(
    await Promise.all(["a", "b", "c", "d"].map((id) => queue.position(id))),
    [0, 1, 2, undefined],
  );

  // Everybody's own are listed, page by page.
  const first = await queue.list({ owner: "somebody", limit: 1 });
  assertEquals(first.jobs.map(({ id }) => id), ["c"]);
  const second = await queue.list({ owner: "somebody", limit: 1, before: first.next! });
  assertEquals([second.jobs.map(({ id }) => id), second.next], [["a"], undefined]);
  const done = await queue.list({ owner: "somebody", limit: 9, status: "done" });
  assertEquals(done, { jobs: [], next: undefined });

  // A taker gets the oldest that it can do, and what fits beside it.
  assertEquals(await queue.take({ modalities: ["text"], samples: 8 }), []);
  const pictures = await take(queue, { modalities: ["image"], samples: 8 });
  assertEquals(pictures.map(({ job }) => job.id), ["a", "b"]);
  assertEquals(await queue.counts(), { waiting: 1, running: 2, bytes: 30 });
  const [a, b] = pictures as [Lease, Lease];

  // What is cancelled is its holder's no longer; the other one of its batch still is.
  const aborted = new Promise((resolve) => a.signal.addEventListener("abort", resolve));
  await a.step(1);
  assertEquals((await queue.cancel("a"))!.status, "cancelled");
  await aborted;
  await a.step(2);
  assertEquals(await a.finish({ notices: [], outputs: [] }), false);
  const cancelled = (await queue.get("a"))!;
  assertEquals([cancelled.status, cancelled.step], ["cancelled", 1]);
  assertEquals(b.signal.aborted, false);

  // A job that is put back does not count as begun, unless it is to blame.
  await b.release();
  const back = (await queue.get("b"))!;
  assertEquals([back.status, back.attempts], ["waiting", 0]);
  for (let attempt = 1; attempt <= 5; attempt++) {
    const [lease] = await take(queue, { modalities: ["image"], samples: 8 });
    assertEquals([lease!.job.id, lease!.job.attempts], ["b", attempt]);
    await lease!.release({ blame: true });
  }
  await queue.take({ modalities: ["image"], samples: 8 });
  const failed = (await queue.get("b"))!;
  assertEquals([failed.status, failed.error!.type], [
    "failed",
    "urn:codi:problem:generation-failed",
  ]);

  // What is done has its outputs, until its time is over; then its room is free again.
  const [sound] = await take(queue);
  const output: JobOutput = {
    ...{ name: "audio", modality: "audio", sample: 0, mediaType: "audio/wav", extension: ".wav" },
    ...{ key: "c/out-1/audio.wav", bytes: 5, sha256: "" },
  };
  await sound!.step(1);
  assertEquals((await queue.get("c"))!.step, 1);
  assert(await sound!.finish({ notices: ["loud"], outputs: [output] }));
  const told = (await queue.get("c"))!;
  assertEquals([told.status, told.step, told.notices, told.outputs], ["done", 2, ["loud"], [
    output,
  ]]);
  assertEquals(await queue.counts(), { waiting: 0, running: 0, bytes: 35 });
  assertEquals(await queue.take(ALL), []);
  assertEquals(await queue.expire(Date.now()), []);
  const later = Date.now() + 1000 * CHECKED.resultSeconds;
  assertEquals((await queue.expire(later)).sort(), ["a", "b", "c"]);
  const expired = (await queue.get("c"))!;
  assertEquals([expired.status, expired.outputs], ["expired", []]);
  assertEquals((await queue.counts()).bytes, 0);
  assertEquals(await queue.expire(later), []);
}
