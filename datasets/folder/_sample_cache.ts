/** Decoded samples, kept as long as there is room. */

/** Makes a cache that forgets what was used longest ago. */
export function sampleCache(
  bytes: number,
): {
  /** The value of a key, loaded at most once at a time. */
  readonly get: (key: string, load: () => Promise<unknown>) => Promise<unknown>;
} {
  const kept = new Map<string, { readonly value: unknown; readonly size: number }>();
  const loading = new Map<string, Promise<unknown>>();
  let total = 0;
  const put = (key: string, value: unknown) => {
    const size = sizeOf(value);
    kept.set(key, { value, size });
    total += size;
    for (const [oldest, { size }] of kept) {
      if (total <= bytes) break;
      kept.delete(oldest);
      total -= size;
    }
  };
  return {
    get: async (key, load) => {
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key); // a map keeps the order in which keys were added
        kept.set(key, found);
        return found.value;
      }
      const running = loading.get(key);
      if (running !== undefined) return await running;
      const started = load();
      loading.set(key, started);
      try {
        const value = await started;
        put(key, value);
        return value;
      } finally {
        loading.delete(key);
      }
    },
  };
}

/** About how many bytes a value takes, whatever a modality's samples are. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== "object" || value === null) return 8;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 64);
}

/** Lets only so many of some tasks run at once; the others wait for their turn. */
export function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next(); // the place goes on to the next one
    }
  };
}
