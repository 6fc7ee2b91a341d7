/** Those who are called back. */
export class Listeners<Event> {
  readonly #all = new Set<(event: Event) => void>();

  /** Adds one; gives a function that takes it away. */
  add(listener: (event: Event) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  /** Calls all. */
  tell(event: Event): void {
    for (const listener of [...this.#all]) listener(event);
  }
}
