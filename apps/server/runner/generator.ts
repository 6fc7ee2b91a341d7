import type {
  Embedded,
  EmbedInput,
  FromGenerator,
  JobInput,
  MadeFile,
  ToGenerator,
} from "./messages.ts";
import type { Preview } from "../queue/queue.ts";

/** What a batch tells on its way, and asks. */
export interface GeneratorEvents {
  /** What users should know of the prompts of each job. */
  notices(notices: readonly string[][]): void;
  /** Steps that are done. */
  step(step: number): void;
  /** The jobs whose previews somebody looks at, by their places. */
  watched(): number[];
  /** How the outputs of a job look by now. */
  preview(job: number, preview: Preview): void;
}

/** Generates in a Worker of its own, so that whoever calls goes on. */
export interface Generator extends AsyncDisposable {
  /**
   * Generates compatible jobs side by side.
   *
   * @param jobs The jobs.
   * @param events What is told on the way.
   * @param signal Ends the work within one step.
   * @returns The files of each job.
   * @throws {Error} If it cannot be done, the Worker failed, or the signal was aborted.
   */
  run(
    jobs: readonly JobInput[],
    events: GeneratorEvents,
    signal: AbortSignal,
  ): Promise<readonly MadeFile[][]>;
  /**
   * Places of samples in the shared space.
   *
   * @param inputs The samples' files.
   * @returns One for each.
   * @throws {Error} If a file cannot be read, or the Worker failed.
   */
  embed(inputs: readonly EmbedInput[]): Promise<readonly Embedded[]>;
}

interface Call {
  readonly answer: PromiseWithResolvers<FromGenerator>;
  readonly tell?: (message: FromGenerator) => void;
}

/** Options of {@linkcode openGenerator}. */
export interface GeneratorOptions {
  /** The module that exports `modalities`. */
  readonly modalities: URL;
  /** Threads per operator. @default {the number of cores} */
  readonly threads?: number;
}

/**
 * Starts what generates. A Worker that fails is replaced at the next call.
 *
 * @param options What it has to generate with.
 * @returns The generator; close it, or bind it with `await using`.
 */
export function openGenerator(options: GeneratorOptions): Generator {
  let worker: Worker | undefined;
  let closed = false;
  let nextCall = 0;
  const calls = new Map<number, Call>();
  const gone = Promise.withResolvers<void>();

  const end = (reason: Error) => {
    for (const { answer } of calls.values()) answer.reject(reason);
    calls.clear();
  };
  const open = (): Worker => {
    if (closed) throw new Error("The generator is closed");
    const opened = new Worker(new URL("./_generation_worker.ts", import.meta.url), {
      type: "module",
    });
    opened.onmessage = ({ data }: MessageEvent<FromGenerator | "closed">) => {
      if (data === "closed") return gone.resolve();
      const call = calls.get(data.call);
      if (data.kind === "made" || data.kind === "embedded" || data.kind === "failed") {
        calls.delete(data.call);
        call?.answer.resolve(data);
      } else call?.tell?.(data);
    };
    opened.onerror = (event) => {
      event.preventDefault();
      opened.terminate();
      if (worker === opened) worker = undefined;
      end(new Error(`The Worker that generates failed: ${event.message}`));
      if (closed) gone.resolve();
    };
    const message: ToGenerator = {
      kind: "start",
      modalities: options.modalities.href,
      threads: options.threads,
    };
    opened.postMessage(message);
    return opened;
  };
  const post = (message: ToGenerator) => (worker ??= open()).postMessage(message);
  const ask = async (message: ToGenerator & { call: number }, tell?: Call["tell"]) => {
    const answer = Promise.withResolvers<FromGenerator>();
    calls.set(message.call, { answer, ...(tell && { tell }) });
    try {
      post(message);
    } catch (error) {
      calls.delete(message.call);
      throw error;
    }
    const told = await answer.promise;
    if (told.kind !== "failed") return told;
    throw Object.assign(new Error(told.message), { stack: told.stack });
  };

  return {
    run: async (jobs, events, signal) => {
      signal.throwIfAborted();
      const call = nextCall++;
      let watched = "";
      const watch = () => {
        const places = events.watched();
        if (places.join() === watched) return;
        watched = places.join();
        worker?.postMessage({ kind: "watch", call, jobs: places } satisfies ToGenerator);
      };
      const abort = () => worker?.postMessage({ kind: "abort", call } satisfies ToGenerator);
      signal.addEventListener("abort", abort, { once: true });
      try {
        const answer = ask({ kind: "run", call, jobs }, (message) => {
          if (message.kind === "notices") events.notices(message.notices);
          if (message.kind === "step") events.step(message.step);
          if (message.kind === "preview") events.preview(message.job, message.preview);
          watch();
        });
        watch();
        const made = await answer;
        return made.kind === "made" ? made.files : [];
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    embed: async (inputs) => {
      const embedded = await ask({ kind: "embed", call: nextCall++, inputs });
      return embedded.kind === "embedded" ? embedded.embedded : [];
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      if (worker === undefined) return;
      for (const call of calls.keys()) {
        worker.postMessage({ kind: "abort", call } satisfies ToGenerator);
      }
      worker.postMessage({ kind: "close" } satisfies ToGenerator);
      await gone.promise;
      end(new Error("The generator is closed"));
      worker?.terminate();
      worker = undefined;
    },
  };
}
