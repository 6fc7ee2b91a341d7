import { Redis } from "ioredis";
import { BullQueues, type HandedJob } from "./_bull_queues.ts";
import { Listeners } from "./_listeners.ts";
import { Watchers } from "./_watchers.ts";
import { idempotencyMismatch, queueFull, tooManyAttempts } from "./_problems.ts";
import { type RedisLease, redisLease, type StateMessage } from "./_redis_lease.ts";
import { classOf, jobOfRecord, needsOfClass } from "./_redis_records.ts";
import { ADD, BEGIN, END, EXPIRE } from "./_redis_scripts.ts";
import { batchKeyOf, FINAL, type Job, needsOf } from "./job.ts";
import type {
  JobChange,
  JobQueue,
  Lease,
  ListOptions,
  NewJob,
  QueueCounts,
  TakeOptions,
} from "./queue.ts";

/** How often a job is begun at most. */
const MOST_ATTEMPTS = 5;
/** Milliseconds between looks for what nobody told of. */
const POLL = 1000;

/** Options of {@linkcode openRedisQueue}. */
export interface RedisQueueOptions {
  /** How many jobs may wait. */
  readonly waiting: number;
  /** How long results are kept, in seconds. */
  readonly resultSeconds: number;
  /** How long an expired job is remembered, in seconds. */
  readonly forgetSeconds: number;
  /** What all names in Redis begin with. @default {"codi"} */
  readonly prefix?: string;
  /** After how many seconds without a sign of life a machine's jobs go to others. @default {30} */
  readonly lockSeconds?: number;
  /** Is told of errors of the connection. */
  readonly report: (message: string, error: unknown) => void;
}

/**
 * A queue in Redis for any number of processes on any number of machines. Records of jobs, which say
 * what has become of them, change by scripts in one go; BullMQ hands jobs out, one queue for each set of
 * modalities that jobs need, and hands them out again when a machine shows no more signs of life. So a
 * job may run twice, but it finishes once.
 *
 * @param url The server, for example `redis://127.0.0.1:6379`.
 * @param options Limits.
 * @returns The queue.
 * @throws {Error} If there is no answer.
 */
export async function openRedisQueue(url: string, options: RedisQueueOptions): Promise<JobQueue> {
  const connect = () => {
    const redis = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
    redis.on("error", (error: Error) => options.report("The connection to Redis failed", error));
    return redis;
  };
  const redis = connect();
  const subscriber = connect();
  try {
    const failed = Promise.withResolvers<never>();
    redis.once("error", failed.reject);
    await Promise.race([Promise.all([redis.connect(), subscriber.connect()]), failed.promise]);
    redis.off("error", failed.reject);
  } catch (cause) {
    redis.disconnect();
    subscriber.disconnect();
    throw new Error(`Cannot reach Redis at "${new URL(url).host}": is it running?`, { cause });
  }
  const queue = new RedisQueue(redis, subscriber, options);
  await queue.start();
  return queue;
}

class RedisQueue implements JobQueue {
  readonly #redis: Redis;
  readonly #subscriber: Redis;
  readonly #options: RedisQueueOptions;
  readonly #prefix: string;
  readonly #lock: number;
  readonly #changes = new Listeners<JobChange>();
  readonly #waiting = new Listeners<void>();
  readonly #bull: BullQueues;
  readonly #leases = new Map<string, RedisLease>();
  readonly #watched = new Watchers();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  /** What was taken, but does not fit to what it was taken with. */
  readonly #held: HandedJob[] = [];
  #told: Promise<void> = Promise.resolve();

  constructor(redis: Redis, subscriber: Redis, options: RedisQueueOptions) {
    this.#redis = redis;
    this.#subscriber = subscriber;
    this.#options = options;
    this.#prefix = `${options.prefix ?? "codi"}:`;
    this.#lock = 1000 * (options.lockSeconds ?? 30);
    const { report } = options;
    this.#bull = new BullQueues(redis, { prefix: this.#prefix, lock: this.#lock, report });
  }

  async start(): Promise<void> {
    await this.#subscriber.subscribe(`${this.#prefix}changes`);
    this.#subscriber.on("message", (_channel: string, message: string) => this.#hear(message));
    this.#timers.push(
      setInterval(() => this.#waiting.tell(), POLL),
      setInterval(() => this.#guard(this.#renew()), this.#lock / 3),
      setInterval(() => this.#guard(this.#tellWatched()), 10_000),
    );
  }

  async admit(owner: string, key: string | undefined): Promise<void> {
    const { waiting } = this.#options;
    if ((await this.counts()).waiting < waiting) return;
    const known = key !== undefined &&
      await this.#redis.exists(`${this.#prefix}key:${owner}:${key}`) === 1;
    if (!known) throw queueFull(waiting);
  }

  async add(job: NewJob): Promise<{ job: Job; created: boolean }> {
    const name = classOf(needsOf(job.spec));
    const [outcome, id] = await this.#script(ADD, [
      ...[job.id, job.owner, job.idempotency?.key ?? "", job.idempotency?.digest ?? ""],
      this.#options.waiting,
      ...["spec", JSON.stringify(job.spec), "class", name, "batch", batchKeyOf(job.spec)],
      ...["bytes", job.bytes, "created", Date.now()],
    ]) as [string, string];
    if (outcome === "full") throw queueFull(this.#options.waiting);
    if (outcome === "mismatch") throw idempotencyMismatch();
    if (outcome === "added") {
      await this.#bull.add(name, id);
      await this.publish({ type: "state", id, status: "waiting" });
    }
    return { job: (await this.get(id))!, created: outcome === "added" };
  }

  async get(id: string): Promise<Job | undefined> {
    return jobOfRecord(await this.#redis.hgetall(this.#name(id)));
  }

  async list(options: ListOptions): Promise<{ jobs: Job[]; next: string | undefined }> {
    const { owner, status, before, limit } = options;
    const jobs: Job[] = [];
    let end = before === undefined ? "+inf" : `(${Number(before)}`;
    let last: string | undefined;
    for (;;) {
      const found = await this.#redis.zrevrangebyscore(
        ...[`${this.#prefix}owner:${owner}`, end, "-inf", "WITHSCORES", "LIMIT", 0, limit + 1] as [
          string,
          string,
          string,
          "WITHSCORES",
          "LIMIT",
          number,
          number,
        ],
      );
      for (let i = 0; i < found.length; i += 2) {
        const job = await this.get(found[i]!);
        if (job === undefined) await this.#redis.zrem(`${this.#prefix}owner:${owner}`, found[i]!);
        else if (status === undefined || job.status === status) {
          if (jobs.length === limit) return { jobs, next: last };
          jobs.push(job);
          last = found[i + 1]!;
        }
        end = `(${found[i + 1]}`;
      }
      if (found.length < 2 * (limit + 1)) return { jobs, next: undefined };
    }
  }

  async position(id: string): Promise<number | undefined> {
    return await this.#redis.zrank(`${this.#prefix}waiting`, id) ?? undefined;
  }

  async counts(): Promise<QueueCounts> {
    return {
      waiting: await this.#redis.zcard(`${this.#prefix}waiting`),
      running: await this.#redis.zcard(`${this.#prefix}running`),
      bytes: Number(await this.#redis.get(`${this.#prefix}bytes`) ?? 0),
    };
  }

  async cancel(id: string): Promise<Job | undefined> {
    const members = ["status", "cancelled", "finished", Date.now()];
    const ended = await this.#script(END, [id, "", this.expiry(), 0, ...members]);
    if (ended === 1) {
      const name = await this.#redis.hget(this.#name(id), "class");
      await this.#bull.remove(name!, id);
      await this.publish({ type: "state", id, status: "cancelled" });
    }
    return await this.get(id);
  }

  async take({ modalities, samples }: TakeOptions): Promise<Lease[]> {
    const classes = (await this.#redis.smembers(`${this.#prefix}classes`)).filter((name) =>
      needsOfClass(name).every((need) => modalities.includes(need))
    );
    const first = this.#held.shift() ?? await this.#bull.oldest(classes);
    if (first === undefined) return [];
    const leases: Lease[] = [];
    let total = 0;
    let key: string | undefined;
    for (let next: typeof first | undefined = first; next !== undefined;) {
      const lease = await this.#begin(next);
      if (lease !== undefined) {
        key ??= batchKeyOf(lease.job.spec);
        leases.push(lease);
        total += lease.job.spec.count;
      }
      next = await this.#nextBeside(first.job.queueName, key, samples - total);
    }
    // All that was found may have been over already.
    return leases.length > 0 ? leases : await this.take({ modalities, samples });
  }

  onWaiting(listener: () => void): () => void {
    return this.#waiting.add(listener);
  }

  onChange(listener: (change: JobChange) => void): () => void {
    return this.#changes.add(listener);
  }

  watch(id: string): () => void {
    const leave = this.#watched.add(id);
    this.#guard(this.#tellWatched());
    return leave;
  }

  async expire(now: number): Promise<string[]> {
    const ids = await this.#redis.zrangebyscore(`${this.#prefix}expiry`, "-inf", now);
    const expired: string[] = [];
    for (const id of ids) {
      if (await this.#script(EXPIRE, [id, this.#options.forgetSeconds]) === 1) {
        expired.push(id);
        await this.publish({ type: "state", id, status: "expired" });
      }
    }
    // What was accepted by a server that went down before it could hand it to BullMQ.
    for (const id of await this.#redis.zrange(`${this.#prefix}waiting`, "0", "99")) {
      const name = await this.#redis.hget(this.#name(id), "class");
      if (name !== null) await this.#bull.add(name, id);
    }
    return expired;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { job, token } of this.#held) await job.moveToWait(token).catch(() => 0);
    for (const lease of [...this.#leases.values()]) await lease.release();
    await this.#bull.close();
    await this.#told;
    this.#subscriber.disconnect();
    await this.#redis.quit();
  }

  /** Runs a script on the records. */
  script(script: string, values: readonly (string | number)[]): Promise<unknown> {
    return this.#script(script, values);
  }

  /** When results that are made now are removed. */
  expiry(): number {
    return Date.now() + 1000 * this.#options.resultSeconds;
  }

  /** Tells all processes of a change; of a state, only that it has changed. */
  async publish(
    change: StateMessage | Exclude<JobChange, { type: "state" }>,
  ): Promise<void> {
    await this.#redis.publish(`${this.#prefix}changes`, JSON.stringify(change));
  }

  /** Whether anybody, on whatever machine, looks at a job's previews. */
  async watched(id: string): Promise<boolean> {
    return await this.#redis.exists(`${this.#prefix}watched:${id}`) === 1;
  }

  /** A lease has ended. */
  ended(id: string): void {
    this.#leases.delete(id);
  }

  async #begin({ job, token }: HandedJob): Promise<Lease | undefined> {
    const id = job.id!;
    const begun = await this.#script(BEGIN, [id, token, Date.now()]);
    const record = begun === 1 ? await this.get(id) : undefined;
    if (record === undefined) { // it was over before
      await job.moveToCompleted(null, token, false);
      return undefined;
    }
    const lease = redisLease(record, job, token, this);
    this.#leases.set(id, lease);
    if (record.attempts > MOST_ATTEMPTS) {
      await lease.fail(tooManyAttempts(id, record.attempts - 1));
      return undefined;
    }
    await this.publish({ type: "state", id, status: "running" });
    return lease;
  }

  /** The next job of a class, if it can be generated beside what was taken. */
  async #nextBeside(
    name: string,
    key: string | undefined,
    room: number,
  ): Promise<HandedJob | undefined> {
    const fits = async (id: string) => {
      const record = await this.get(id);
      return record === undefined || key === undefined ||
        (batchKeyOf(record.spec) === key && record.spec.count <= room);
    };
    const head = await this.#bull.head(name);
    if (head === undefined || !await fits(head.id)) return undefined;
    const next = await this.#bull.next(name);
    if (next === undefined || await fits(next.job.id!)) return next;
    this.#held.push(next); // somebody else was faster with the one that was seen
    return undefined;
  }

  /** Shows a sign of life for all that is being run. */
  async #renew(): Promise<void> {
    // One that has gone to somebody else must not keep the others from being renewed.
    await Promise.allSettled([
      ...[...this.#leases.values()].map((lease) => lease.renew(this.#lock)),
      ...this.#held.map(({ job, token }) => job.extendLock(token, this.#lock)),
    ]);
  }

  async #tellWatched(): Promise<void> {
    for (const id of this.#watched.ids()) {
      await this.#redis.set(`${this.#prefix}watched:${id}`, "1", "EX", 30);
    }
  }

  /** Passes on what any process has told, in order. */
  #hear(message: string): void {
    const change = JSON.parse(message) as JobChange;
    this.#told = this.#told.then(async () => {
      if (change.type !== "state") return this.#changes.tell(change);
      const job = await this.get(change.id);
      if (job === undefined) return;
      if (job.status === "waiting") this.#waiting.tell();
      if (FINAL.includes(job.status)) this.#leases.get(job.id)?.abort(new Error("cancelled"));
      this.#changes.tell({ type: "state", id: job.id, job });
    }).catch((error) => this.#options.report("Cannot pass on what happened to a job", error));
  }

  #guard(work: Promise<unknown>): void {
    work.catch((error) => this.#options.report("Cannot reach Redis", error));
  }

  #name(id: string): string {
    return `${this.#prefix}job:${id}`;
  }

  #script(script: string, values: readonly (string | number)[]): Promise<unknown> {
    return this.#redis.eval(script, 1, this.#prefix, ...values);
  }
}
