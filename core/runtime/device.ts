import type { Program } from "../graph/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import type { Feed } from "./feed.ts";
import type { SessionOptions } from "./session.ts";
import type { Reply, Request } from "./worker.ts";

/** A program ready to run. */
export interface Executable {
  /** What it was made from. */
  readonly program: Program;
  /**
   * Runs the program once.
   *
   * @param feeds One feed for each input.
   * @param options An abort signal; a run that has begun ends first, and its result is dropped.
   * @returns The outputs by name.
   * @throws {RangeError} If a feed is missing, unknown or has the wrong shape.
   */
  run(
    feeds: Readonly<Record<string, Feed>>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Record<string, Tensor>>;
}

/** Runs programs in a Worker of its own, so that the caller's event loop stays free. */
export interface Device extends AsyncDisposable {
  /** Opens a program, or returns the executable made from it before. */
  load(program: Program): Promise<Executable>;
  /** Ends the Worker and frees all it holds; runs under way reject. */
  close(): Promise<void>;
}

/** `Omit` over each member of a union. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

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
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const pending = new Map<number, PromiseWithResolvers<Reply>>();
  const executables = new Map<Program, Promise<Executable>>();
  let nextId = 0;
  let closed = false;

  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const waiting = pending.get(data.id);
    pending.delete(data.id);
    if (data.kind === "error") waiting?.reject(new Error(data.message));
    else waiting?.resolve(data);
  };
  const failAll = (reason: Error) => {
    for (const waiting of pending.values()) waiting.reject(reason);
    pending.clear();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    failAll(new Error(`The device's Worker failed: ${event.message}`));
  };
  const send = (request: WithoutId<Request>, transfer: Transferable[] = []): Promise<Reply> => {
    if (closed) return Promise.reject(new Error("Cannot use a closed device"));
    const waiting = Promise.withResolvers<Reply>();
    const id = nextId++;
    pending.set(id, waiting);
    worker.postMessage({ ...request, id }, transfer);
    return waiting.promise;
  };

  const open = async (program: Program): Promise<Executable> => {
    const handle = executables.size;
    await send({ kind: "open", handle, model: program.model, options });
    return {
      program,
      run: async (feeds, { signal } = {}) => {
        signal?.throwIfAborted();
        checkFeeds(program, feeds);
        const reply = await send({ kind: "run", handle, feeds });
        signal?.throwIfAborted();
        if (reply.kind !== "outputs") throw new Error(`The device answered a run with "${reply.kind}"`);
        return reply.outputs;
      },
    };
  };
  const close = (): Promise<void> => {
    if (!closed) {
      closed = true;
      worker.terminate();
      failAll(new Error("The device was closed"));
    }
    return Promise.resolve();
  };
  return {
    load: (program) => {
      let executable = executables.get(program);
      if (executable === undefined) {
        executable = open(program);
        executables.set(program, executable);
      }
      return executable;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Compares feeds with what a program takes. */
export function checkFeeds(program: Program, feeds: Readonly<Record<string, Feed>>): void {
  for (const [name, { shape }] of Object.entries(program.inputs)) {
    const feed = feeds[name];
    if (feed === undefined) throw new RangeError(`Cannot run a program without a feed for "${name}"`);
    if (feed.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot run a program: feed "${name}" has shape [${feed.shape}], the program takes [${shape}]`,
      );
    }
  }
  for (const name of Object.keys(feeds)) {
    if (!(name in program.inputs)) {
      const known = Object.keys(program.inputs).map((key) => `"${key}"`).join(", ");
      throw new RangeError(`Cannot run a program with the feed "${name}": it takes ${known}`);
    }
  }
}
