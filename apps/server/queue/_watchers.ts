/** How many watch what. */
export class Watchers {
  readonly #counts = new Map<string, number>();

  /** What is watched. */
  ids(): Iterable<string> {
    return this.#counts.keys();
  }

  /** Whether anybody watches it. */
  has(id: string): boolean {
    return this.#counts.has(id);
  }

  /** Counts one more; gives a function that takes it away. */
  add(id: string): () => void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(id) ?? 1) - 1;
      if (left > 0) this.#counts.set(id, left);
      else this.#counts.delete(id);
    };
  }
}
