import type { SoundSource } from "./strokes.ts";

/** How many notes are kept, 58 kB each at most. The band has 869. */
const NOTES = 1024;

/** Notes that were rendered, the ones not used for longest dropped first. */
export class NoteCache {
  readonly #notes = new Map<string, Float32Array>();
  readonly #render: (source: SoundSource, key: number) => Float32Array;

  constructor(render: (source: SoundSource, key: number) => Float32Array) {
    this.#render = render;
  }

  /** The note, rendered if it is not kept. */
  note(source: SoundSource, key: number): Float32Array {
    const name = source.kind === "drum" ? `drum ${key}` : `${source.bank} ${source.program} ${key}`;
    const note = this.#notes.get(name) ?? this.#render(source, key);
    this.#notes.delete(name);
    this.#notes.set(name, note);
    if (this.#notes.size > NOTES) this.#notes.delete(this.#notes.keys().next().value!);
    return note;
  }
}
