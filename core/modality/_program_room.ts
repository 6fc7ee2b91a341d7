import type { Program } from "../graph/mod.ts";
import type { Device, Executable } from "../runtime/mod.ts";

/**
 * Bytes of the models that networks of one device keep open together: twelve diffusion networks of
 * six million weights. The runtime takes two to three times as much for them, and a process that is
 * asked for everything grows until this is reached.
 */
const MOST_BYTES = 300e6;

/** A program that can be built again whenever it is needed. */
export class LazyProgram {
  /** The bytes of its model, once it was built. */
  bytes = 0;
  /** How many runs use it right now. */
  users = 0;
  /** It, while it is open. */
  executable: Promise<Executable> | undefined;

  /** @param build Builds it; the same program each time. */
  constructor(readonly build: () => Program) {}
}

/** Keeps the programs open that were used last, as many as there is room for. */
export class ProgramRoom {
  readonly #device: Device;
  readonly #mostBytes: number;
  /** Those that are open, the one used last at the end. */
  readonly #open = new Set<LazyProgram>();
  #bytes = 0;

  /**
   * Makes room on a device.
   *
   * @param device Where programs run.
   * @param mostBytes Bytes of the models that are open together; more only while all of them run.
   */
  constructor(device: Device, mostBytes: number = MOST_BYTES) {
    this.#device = device;
    this.#mostBytes = mostBytes;
  }

  /**
   * Uses a program, which is opened if it is not.
   *
   * @param program The program.
   * @param work What is done with it; meanwhile it stays open.
   * @returns What the work gives.
   */
  async use<Result>(
    program: LazyProgram,
    work: (executable: Executable) => Promise<Result>,
  ): Promise<Result> {
    program.users++;
    try {
      program.executable ??= this.#load(program);
      this.#open.delete(program);
      this.#open.add(program);
      return await work(await program.executable);
    } finally {
      program.users--;
    }
  }

  #load(program: LazyProgram): Promise<Executable> {
    const executable = this.#build(program);
    executable.catch(() => this.#forget(program)); // the next use tries again
    return executable;
  }

  async #build(program: LazyProgram): Promise<Executable> {
    const built = program.build();
    program.bytes = built.model.length;
    this.#bytes += program.bytes;
    await this.#makeRoom();
    return await this.#device.load(built, { transfer: true });
  }

  /** Closes what was not used for the longest time, and is not in use. */
  async #makeRoom(): Promise<void> {
    for (const program of this.#open) {
      if (this.#bytes <= this.#mostBytes) return;
      if (program.users > 0) continue;
      const { executable } = program;
      this.#forget(program);
      await (await executable)?.release();
    }
  }

  #forget(program: LazyProgram): void {
    this.#open.delete(program);
    this.#bytes -= program.bytes;
    program.bytes = 0;
    program.executable = undefined;
  }
}

const rooms = new WeakMap<Device, ProgramRoom>();

/** The room that all networks of a device share. */
export function roomOf(device: Device): ProgramRoom {
  const room = rooms.get(device) ?? new ProgramRoom(device);
  rooms.set(device, room);
  return room;
}
