import type { Program, ValueType } from "../graph/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { checkFeeds, type Feed, packFeeds } from "./feed.ts";
import type { SessionOptions } from "./session.ts";
import type { DeviceCalls } from "./_worker.ts";
import { openWorker } from "./worker_channel.ts";

/** Options of one run. */
export interface RunOptions {
  /** Gives the run up. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Device.load}. */
export interface LoadProgramOptions {
  /**
   * Whether the bytes of the program's model are handed over rather than copied, after which the
   * program cannot be used again.
   *
   * @default {false}
   */
  readonly transfer?: boolean;
}

/** A program ready to run. */
export interface Executable {
  /** What is fed at each run, by name; parameters that are not built in are among it. */
  readonly inputs: Readonly<Record<string, ValueType>>;
  /**
   * Runs the program once. Runs of one device take place one after the other.
   *
   * @param feeds One feed for each input, and for each parameter that is not built in.
   * @param options An abort signal: the promise rejects at once, a run that waits is dropped, one that
   * has begun ends and its result is dropped.
   * @returns The outputs by name, as float32 whatever they were.
   * @throws {RangeError} If a feed is missing, unknown, or has the wrong shape.
   * @throws {TypeError} If the values of a feed are of the wrong type.
   */
  run(
    feeds: Readonly<Record<string, Feed>>,
    options?: RunOptions,
  ): Promise<Record<string, Tensor>>;
  /** Frees what it holds, once the runs that were asked for are over; later ones reject. */
  release(): Promise<void>;
}

/** Whether an executable is over. */
interface State {
  released: boolean;
}

/** Runs programs in a Worker of its own, so that the caller's event loop stays free. */
export interface Device extends AsyncDisposable {
  /**
   * Opens a program, or returns the executable made from it before. The program itself, which holds
   * the bytes of its model, is not kept.
   *
   * @param program The program.
   * @param options Whether its bytes are handed over.
   * @returns What runs it.
   * @throws {Error} If the runtime refuses the program; loading it again tries again.
   */
  load(program: Program, options?: LoadProgramOptions): Promise<Executable>;
  /** Ends the Worker and frees all it holds; runs under way and later ones reject. */
  close(): Promise<void>;
}

/**
 * Starts a device.
 *
 * @param options Threads per operator.
 * @returns The device; close it, or bind it with `await using`.
 *
 * @example One addition
 * ```ts
 * import { add, buildProgram, input } from "@codi/core/graph";
 * import { openDevice } from "@codi/core/runtime";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * await using device = openDevice();
 * const addOne = await device.load(buildProgram({ y: add(input("x", [2]), 1) }));
 * const { y } = await addOne.run({ x: tensor([2], Float32Array.of(1, 2)) });
 * assertEquals([...y!.data], [2, 3]);
 * ```
 */
export function openDevice(options: SessionOptions = {}): Device {
  const worker = openWorker<DeviceCalls>(new URL("./_worker.ts", import.meta.url), "device");
  const loaded = new WeakMap<Program, { executable: Promise<Executable>; state: State }>();
  let nextHandle = 0;

  // Nothing that the executable holds on to may hold the program.
  const open = async (
    program: Program,
    state: State,
    { transfer = false }: LoadProgramOptions,
  ): Promise<Executable> => {
    const handle = nextHandle++;
    const inputs = { ...program.inputs, ...program.parameters };
    const { model } = program;
    await worker.call(
      "open",
      { handle, model, options },
      undefined,
      transfer ? [model.buffer] : [],
    );
    return {
      inputs,
      run: async (feeds, { signal } = {}) => {
        checkFeeds({ inputs }, feeds);
        if (state.released) throw new Error("Cannot run a program that was released");
        return await worker.call("run", { handle, feeds: packFeeds(feeds) }, signal);
      },
      release: async () => {
        if (state.released) return;
        state.released = true;
        await worker.call("release", { handle });
      },
    };
  };
  const close = (): Promise<void> => worker.close();

  return {
    load: (program, options = {}) => {
      const known = loaded.get(program);
      if (known !== undefined && !known.state.released) return known.executable;
      const state: State = { released: false };
      const executable = open(program, state, options);
      loaded.set(program, { executable, state });
      executable.catch(() => state.released = true);
      return executable;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
