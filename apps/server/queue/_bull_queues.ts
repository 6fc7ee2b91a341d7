import { type Job as BullJob, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";

/** A job as BullMQ hands it out, with the token that it is held by. */
export interface HandedJob {
  readonly job: BullJob;
  readonly token: string;
}

/** Options of {@linkcode BullQueues}. */
export interface BullQueuesOptions {
  /** What all names in Redis begin with. */
  readonly prefix: string;
  /** Milliseconds without a sign of life after which a job is handed out again. */
  readonly lock: number;
  /** Is told of errors. */
  readonly report: (message: string, error: unknown) => void;
}

/** The queues of BullMQ, one for each set of modalities that jobs need. They hold ids and nothing else. */
export class BullQueues {
  readonly #redis: Redis;
  readonly #options: BullQueuesOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #workers = new Map<string, Worker>();

  constructor(redis: Redis, options: BullQueuesOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /** Hands a job in; nothing happens if it is there already. */
  async add(name: string, id: string): Promise<void> {
    await this.#queue(name).add("generation", {}, {
      jobId: id,
      removeOnComplete: true,
      removeOnFail: true,
    });
  }

  /** Takes out a job that nobody holds. */
  async remove(name: string, id: string): Promise<void> {
    // If a machine holds it, it is that machine that takes it out.
    await this.#queue(name).remove(id).catch(() => 0);
  }

  /** The id of the job that would be handed out next. */
  async head(name: string): Promise<{ id: string; at: number } | undefined> {
    const [head] = await this.#queue(name).getWaiting(0, 0);
    return head && { id: head.id!, at: head.timestamp };
  }

  /** Hands out the next job of a queue. */
  async next(name: string): Promise<HandedJob | undefined> {
    const token = crypto.randomUUID();
    const job = await (await this.#worker(name)).getNextJob(token, { block: false });
    return job && { job, token };
  }

  /** Hands out the oldest job of some queues, and looks after jobs whose holders are gone. */
  async oldest(names: readonly string[]): Promise<HandedJob | undefined> {
    const heads: { name: string; at: number }[] = [];
    for (const name of names) {
      await this.#worker(name);
      const head = await this.head(name);
      if (head !== undefined) heads.push({ name, at: head.at });
    }
    for (const { name } of heads.sort((a, b) => a.at - b.at)) {
      const handed = await this.next(name);
      if (handed !== undefined) return handed;
    }
    return undefined;
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, this.#connection());
      queue.on("error", (error) => this.#options.report("The queue in Redis failed", error));
      this.#queues.set(name, queue);
    }
    return queue;
  }

  async #worker(name: string): Promise<Worker> {
    let worker = this.#workers.get(name);
    if (worker === undefined) {
      worker = new Worker(name, null, {
        ...this.#connection(),
        autorun: false,
        lockDuration: this.#options.lock,
        stalledInterval: this.#options.lock / 2,
        // How often is for the record to say, which counts attempts.
        maxStalledCount: 1_000_000,
        removeOnComplete: { count: 0 },
      });
      worker.on("error", (error) => this.#options.report("The queue in Redis failed", error));
      this.#workers.set(name, worker);
      await worker.startStalledCheckTimer();
    }
    return worker;
  }

  #connection(): { connection: never; prefix: string } {
    return { connection: this.#redis as never, prefix: `${this.#options.prefix}bull` };
  }
}
