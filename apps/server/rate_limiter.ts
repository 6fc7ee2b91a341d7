interface Bucket {
  tokens: number;
  at: number;
}

/** How many callers are remembered. */
const MOST_CALLERS = 10_000;

/** Lets every caller make so many requests a minute, at once or one by one. */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Makes one.
   *
   * @param perMinute How many requests a minute.
   */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * Takes a request from a caller's account.
   *
   * @param caller Who calls.
   * @param now The time, in milliseconds.
   * @returns 0 if it is allowed, else the seconds after which the next one is.
   */
  take(caller: string, now: number): number {
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#perMinute, at: now };
    const perMillisecond = this.#perMinute / 60_000;
    bucket.tokens = Math.min(
      this.#perMinute,
      bucket.tokens + (now - bucket.at) * perMillisecond,
    );
    bucket.at = now;
    // Those who called last stand last, so that the first is the one to forget.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > MOST_CALLERS) {
      this.#buckets.delete(this.#buckets.keys().next().value!);
    }
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / perMillisecond / 1000);
    bucket.tokens--;
    return 0;
  }
}
