import { FINAL } from "../queue/job.ts";
import type { JobChange, JobQueue } from "../queue/queue.ts";

/** Something that happened to a job, with its place in the order of all that did. */
export interface LoggedChange {
  /** Its id, for `Last-Event-ID`. */
  readonly id: string;
  /** What happened. */
  readonly change: JobChange;
}

/** How many changes of a job are remembered. */
const MOST_CHANGES = 300;
/** How many jobs' changes are remembered. */
const MOST_JOBS = 300;

/** Remembers what has happened to jobs lately, so that a stream that broke off goes on where it was. */
export class EventLog implements Disposable {
  readonly #epoch = crypto.randomUUID().slice(0, 8);
  readonly #jobs = new Map<string, LoggedChange[]>();
  readonly #listeners = new Set<(logged: LoggedChange) => void>();
  readonly #unsubscribe: () => void;
  #last = 0;

  /**
   * Begins to remember.
   *
   * @param queue The queue whose jobs it is about.
   */
  constructor(queue: JobQueue) {
    this.#unsubscribe = queue.onChange((change) => this.#add(change));
  }

  /** The id of the last change of any job. */
  get last(): string {
    return `${this.#epoch}-${this.#last}`;
  }

  /**
   * What happened to a job after a change.
   *
   * @param job The job.
   * @param id The id of the change.
   * @returns All that came after it; undefined if that is no longer known.
   */
  after(job: string, id: string): LoggedChange[] | undefined {
    const [epoch, number] = id.split("-");
    if (epoch !== this.#epoch) return undefined;
    const known = this.#jobs.get(job) ?? [];
    const place = Number(number);
    const first = known[0] === undefined ? Infinity : numberOf(known[0]);
    if (known.length === MOST_CHANGES && first > place) return undefined;
    return known.length === 0 ? undefined : known.filter((entry) => numberOf(entry) > place);
  }

  /** Calls back for every change of any job. Gives a function that ends it. */
  listen(listener: (logged: LoggedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops remembering. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #add(change: JobChange): void {
    this.#last++;
    const logged = { id: this.last, change };
    const known = this.#jobs.get(change.id) ?? [];
    // The last in the map is the one that something happened to last.
    this.#jobs.delete(change.id);
    this.#jobs.set(change.id, known);
    // Of previews only the newest is worth its memory, and of what is over none.
    if (change.type === "preview" || isLast(change)) {
      const place = known.findIndex((entry) => entry.change.type === "preview");
      if (place >= 0) known.splice(place, 1);
    }
    known.push(logged);
    if (known.length > MOST_CHANGES) known.shift();
    if (this.#jobs.size > MOST_JOBS) this.#jobs.delete(this.#jobs.keys().next().value!);
    for (const listener of [...this.#listeners]) listener(logged);
  }
}

function numberOf({ id }: LoggedChange): number {
  return Number(id.split("-")[1]);
}

/** Whether a change is a job's last but for its expiry. */
export function isLast(change: JobChange): boolean {
  return change.type === "state" && FINAL.includes(change.job.status);
}
