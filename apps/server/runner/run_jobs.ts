import { Problem } from "../problem.ts";
import { type JobOutput, type JobSpec, samplesOf, uploadBytesOf } from "../queue/job.ts";
import type { JobQueue, Lease } from "../queue/queue.ts";
import type { BlobStore } from "../store/store.ts";
import type { Generator } from "./generator.ts";
import type { MadeFile } from "./messages.ts";

/** Options of {@linkcode runJobs}. */
export interface RunJobsOptions {
  /** Where jobs come from. */
  readonly queue: JobQueue;
  /** Where their files are. */
  readonly store: BlobStore;
  /** What generates. */
  readonly generator: Generator;
  /** The names of the modalities that it has. */
  readonly modalities: readonly string[];
  /** How many samples are generated side by side, at most. */
  readonly samples: number;
  /** Seconds after which a job that is not begun is not worth it any more. */
  readonly waitSeconds: number;
  /** Seconds that a job may run. */
  readonly jobSeconds: number;
  /** Bytes that the files and the results of a job may take in the store. */
  readonly jobDiskBytes: number;
  /** Bytes that the files and the results of all jobs may take in the store. */
  readonly storeBytes: number;
  /** Is told of errors that are nobody's but the server's. */
  readonly report: (message: string, error: unknown) => void;
}

/** Jobs that are being run, one batch after the other. */
export interface RunningJobs {
  /**
   * Takes no more jobs; what runs may end, and goes back into the queue if it takes too long.
   *
   * @param seconds How long it may take.
   */
  stop(seconds: number): Promise<void>;
}

/** Why a batch was ended. */
class Stopped extends Error {}
class OutOfTime extends Error {}
class NobodyWaits extends Error {}

/**
 * Runs the jobs of a queue until it is stopped.
 *
 * @param options The queue, the store, and what generates.
 * @returns What stops it.
 */
export function runJobs(options: RunJobsOptions): RunningJobs {
  const { queue, report } = options;
  const stopping = new AbortController(); // no more jobs
  const ending = new AbortController(); // the batch under way, too
  let wake = () => {};
  const unsubscribe = queue.onWaiting(() => wake());

  const loop = async () => {
    while (!stopping.signal.aborted) {
      const woken = new Promise<void>((resolve) => wake = resolve);
      let leases: Lease[] = [];
      try {
        leases = await queue.take(options);
        if (leases.length > 0) {
          await runBatch(await dropLate(leases, options), options, ending.signal);
          continue;
        }
      } catch (error) {
        report("Cannot run the jobs of the queue", error);
        const pause = setTimeout(() => wake(), 1000);
        await woken;
        clearTimeout(pause);
        continue;
      }
      await woken;
    }
  };
  const done = loop();
  return {
    stop: async (seconds) => {
      stopping.abort();
      wake();
      const timer = setTimeout(() => ending.abort(new Stopped()), 1000 * seconds);
      await done;
      clearTimeout(timer);
      unsubscribe();
    },
  };
}

/** Fails the jobs that have waited for too long; gives the others. */
async function dropLate(
  leases: readonly Lease[],
  { waitSeconds, report }: RunJobsOptions,
): Promise<Lease[]> {
  const inTime: Lease[] = [];
  for (const lease of leases) {
    if (Date.now() - lease.job.createdAt <= 1000 * waitSeconds) inTime.push(lease);
    else {
      const detail = `It waited for more than the ${waitSeconds} seconds that a generation may; ` +
        "send it again when less is waiting";
      await insist(() => lease.fail(new Problem("timeout", detail).document), report);
    }
  }
  return inTime;
}

async function runBatch(
  leases: readonly Lease[],
  options: RunJobsOptions,
  ending: AbortSignal,
): Promise<void> {
  if (leases.length === 0) return;
  const { queue, store, generator, report } = options;
  const ended = new AbortController();
  // The others of a batch go on when one is cancelled; only when nobody waits any more, all of it ends.
  const dropped = () => {
    if (leases.every(({ signal }) => signal.aborted)) ended.abort(new NobodyWaits());
  };
  for (const { signal } of leases) signal.addEventListener("abort", dropped);
  dropped(); // some may have been cancelled before their turn came
  const stop = () => ended.abort(ending.reason);
  ending.addEventListener("abort", stop);
  if (ending.aborted) stop();
  const timer = setTimeout(() => ended.abort(new OutOfTime()), 1000 * options.jobSeconds);
  // What became of these is told; the queue asks for nothing more.
  const over = new Set<Lease>();
  const telling: Promise<unknown>[] = [];
  const tell = (told: Promise<unknown>) => {
    telling.push(told.catch((error) => report("Cannot tell the queue of a job", error)));
  };
  try {
    const jobs = await Promise.all(leases.map(async ({ job: { spec } }) => {
      const uploads: Record<string, Uint8Array<ArrayBuffer>> = {};
      for (const key of uploadKeys(spec)) {
        const bytes = await store.get(key);
        if (bytes === undefined) throw new Error(`The upload "${key}" is missing`);
        uploads[key] = bytes;
      }
      return { spec, uploads };
    }));
    const notices: (readonly string[])[] = leases.map(() => []);
    const made = await generator.run(jobs, {
      notices: (told) => {
        told.forEach((each, place) => {
          notices[place] = each;
          if (each.length > 0) tell(leases[place]!.notice(each));
        });
      },
      step: (step) => leases.forEach((lease) => tell(lease.step(step))),
      watched: () => [...leases.keys()].filter((place) => leases[place]!.watched()),
      preview: (place, preview) => tell(leases[place]!.preview(preview)),
    }, ended.signal);
    await Promise.all(telling);
    for (const [place, lease] of leases.entries()) {
      if (lease.signal.aborted) continue;
      const { bytes } = await queue.counts();
      const excess = diskExcess(lease.job.spec, made[place]!, bytes, options);
      if (excess !== undefined) {
        await lease.fail(excess.document);
        over.add(lease);
        continue;
      }
      const outputs = await keep(store, folderOf(lease), made[place]!);
      const kept = await lease.finish({ notices: notices[place]!, outputs });
      over.add(lease);
      // It was cancelled while its files were written, or has gone to somebody else.
      if (!kept) await store.remove(`${folderOf(lease)}/`);
    }
  } catch (error) {
    await Promise.all(telling);
    const left = leases.filter((lease) => !lease.signal.aborted && !over.has(lease));
    const { aborted, reason } = ended.signal;
    if (leases.length > 1 && (!aborted || reason instanceof OutOfTime)) {
      // One of them may be to blame, or each have time enough, if not all together: each runs alone.
      for (const lease of left) await runBatch([lease], options, ending);
    } else await give(left, error, ended.signal.reason, options);
  } finally {
    clearTimeout(timer);
    ending.removeEventListener("abort", stop);
    for (const { signal } of leases) signal.removeEventListener("abort", dropped);
  }
}

/** What becomes of jobs that did not get to their end. */
async function give(
  leases: readonly Lease[],
  error: unknown,
  reason: unknown,
  { jobSeconds, report }: RunJobsOptions,
): Promise<void> {
  for (const lease of leases) {
    if (reason instanceof Stopped) await insist(() => lease.release(), report);
    else if (reason instanceof OutOfTime) {
      const detail = `It took more than the ${jobSeconds} seconds that a generation may run; ` +
        "ask for fewer steps, samples, candidates or outputs";
      await insist(() => lease.fail(new Problem("timeout", detail).document), report);
    } else {
      report(`Cannot finish the generation ${lease.job.id}`, error);
      await insist(() => lease.release({ blame: true }), report);
    }
  }
}

/** How often the queue is told what becomes of a job, and milliseconds between two tries. */
const [TRIES, PAUSE] = [3, 1000] as const;

/** Tells the queue something; where that fails again and again, the other jobs are not kept from it. */
async function insist(
  tell: () => Promise<unknown>,
  report: RunJobsOptions["report"],
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    try {
      await tell();
      return;
    } catch (error) {
      report("Cannot tell the queue what became of a job", error);
      if (attempt < TRIES) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** Why the results of a job are not kept, beside what is in the store; undefined if they are. */
function diskExcess(
  spec: JobSpec,
  files: readonly MadeFile[],
  stored: number,
  { jobDiskBytes: limit, storeBytes }: RunJobsOptions,
): Problem | undefined {
  const made = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const all = uploadBytesOf(spec) + made;
  if (all <= limit) {
    if (stored + made <= storeBytes) return undefined;
    const detail =
      "The results of earlier generations fill the disk; send it again when some expired";
    return new Problem("unavailable", detail);
  }
  return new Problem(
    "job-too-large",
    `Its ${files.length} files with results and what was sent take ${all} bytes, above the limit of ` +
      `${limit} for a generation; ask for fewer samples or outputs, or send smaller files`,
  );
}

/** Keeps the files of a job. Nobody is told of them before all of them are there. */
async function keep(
  store: BlobStore,
  folder: string,
  files: readonly MadeFile[],
): Promise<JobOutput[]> {
  return await Promise.all(files.map(async ({ bytes, ...file }) => {
    const key = `${folder}/${file.name}${file.extension}`;
    await store.put(key, bytes);
    return { ...file, key, bytes: bytes.length };
  }));
}

/** Each attempt has a folder of its own: two machines that believe to have a job do not mix files. */
function folderOf({ job: { id, attempts } }: Lease): string {
  return `${id}/out-${attempts}`;
}

function uploadKeys(spec: JobSpec): string[] {
  return samplesOf(spec).flatMap((sample) => "upload" in sample ? [sample.upload.key] : []);
}
