import type { AnyModality } from "@codi/core/modality";
import type { Limits } from "../config.ts";
import { Problem } from "../problem.ts";
import type { AcceptedFile } from "./accepted_file.ts";
import { acceptedTypes, MASK_TYPES } from "./accepted_types.ts";
import { checkHeader, type SentFile } from "./_check_header.ts";
import { checkMask, checkPictureSample } from "./_check_picture.ts";
import { closeGate, type CompileGate, compileGate } from "./_compile_gate.ts";
import type { IntakeAnswer, IntakeQuestion, IntakeStart } from "./_worker.ts";

/** Looks at strangers' files. */
export interface Intake extends AsyncDisposable {
  /**
   * Accepts a file as a sample of a modality, or refuses it: first by its size, its first bytes and its
   * header, then by decoding it in a Worker that has to be done in time.
   *
   * @param modality The modality.
   * @param bytes The file.
   * @param place Where it stands in the request, for the message.
   * @returns The file.
   * @throws {Problem} If it is too large, of a type that is not taken, or damaged.
   */
  accept(
    modality: AnyModality,
    bytes: Uint8Array<ArrayBuffer>,
    place: string,
  ): Promise<AcceptedFile>;
  /**
   * Accepts a picture as a mask of a sample, or refuses it, as {@linkcode Intake.accept} does.
   *
   * @param modality The modality of the sample, of which parts can be told by masks.
   * @param bytes The file of the mask.
   * @param sample The file of the sample, which was accepted.
   * @param place Where the mask stands in the request, for the message.
   * @returns The file of the mask.
   * @throws {Problem} If it is too large, no picture, damaged, of another shape than the sample, or
   * marks nothing.
   */
  acceptMask(
    modality: AnyModality,
    bytes: Uint8Array<ArrayBuffer>,
    sample: AcceptedFile,
    place: string,
  ): Promise<AcceptedFile>;
}

/** Options of {@linkcode openIntake}. */
export interface IntakeOptions {
  /** The module that exports `modalities`, for the Worker. */
  readonly modalities: URL;
  /** What files may be. */
  readonly limits: Limits;
  /** Seconds in which a file has to be decoded. */
  readonly seconds: number;
}

/** How many files may wait for the Worker. */
const MOST_WAITING = 32;

/**
 * Starts what looks at strangers' files.
 *
 * @param options Limits, and what the Worker needs.
 * @returns The intake; close it, or bind it with `await using`.
 */
export function openIntake(options: IntakeOptions): Intake {
  const { modalities, limits } = options;
  let opened: OpenWorker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const end = async () => {
    const ended = opened;
    opened = undefined;
    if (ended === undefined) return;
    await closeGate(ended.gate);
    ended.worker.terminate();
  };
  const ask = async (question: IntakeQuestion): Promise<IntakeAnswer> => {
    const { worker } = opened ??= await openWorker(modalities);
    const answer = Promise.withResolvers<IntakeAnswer>();
    const { seconds } = options;
    const refuse = async (detail: string) => {
      worker.onmessage = null;
      await end();
      answer.resolve({ problem: "unreadable-file", detail });
    };
    const timer = setTimeout(
      () => refuse(`it is not decoded within ${seconds} seconds`),
      1000 * seconds,
    );
    worker.onmessage = ({ data }: MessageEvent<IntakeAnswer>) => answer.resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      refuse("the file is damaged");
    };
    worker.postMessage(question);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
    }
  };

  const decoded = async (
    modality: AnyModality,
    sent: SentFile,
    check: (file: AcceptedFile) => Promise<void>,
  ): Promise<AcceptedFile> => {
    const { bytes, place } = sent;
    const mediaType = checkHeader(sent, limits);
    if (waiting >= MOST_WAITING) {
      throw new Problem("unavailable", "Too many files are being read; try again later", {
        headers: { "Retry-After": "5" },
      });
    }
    waiting++;
    const question = {
      modalities: modalities.href,
      modality: modality.name,
      bytes,
      mediaType,
      seconds: limits.seconds,
      pixels: limits.pixels,
      memoryBytes: limits.jobMemoryBytes,
    };
    const asked = last.then(() => ask(question));
    last = asked.catch(() => {});
    try {
      const answer = await asked;
      if (!("bytes" in answer)) throw new Problem(answer.problem, `${place}: ${answer.detail}`);
      await check(answer);
      return answer;
    } finally {
      waiting--;
    }
  };

  return {
    accept: async (modality, bytes, place) => {
      const types = acceptedTypes(modality);
      const taken = `"${modality.name}" takes ${types.join(", ")}`;
      return await decoded(
        modality,
        { bytes, types, taken, place },
        (file) => checkPictureSample(modality, file, place),
      );
    },
    acceptMask: async (modality, bytes, sample, place) => {
      const taken = `a mask is ${MASK_TYPES.join(", ")}`;
      return await decoded(
        modality,
        { bytes, types: MASK_TYPES, taken, place },
        (file) => checkMask(modality, file, sample, place),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await last;
      await end();
    },
  };
}

/** A Worker that decodes, and what tells whether it may be ended. */
interface OpenWorker {
  readonly worker: Worker;
  readonly gate: CompileGate;
}

/** Starts the Worker and waits until it has loaded what it decodes with. */
async function openWorker(modalities: URL): Promise<OpenWorker> {
  const gate = compileGate();
  const worker = new Worker(new URL("./_worker.ts", import.meta.url), { type: "module" });
  const ready = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<IntakeAnswer | "ready">) => {
    if (data === "ready") ready.resolve();
    else ready.reject(new Error("The Worker that decodes uploads cannot load the modalities"));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    ready.reject(new Error(`The Worker that decodes uploads does not start: ${event.message}`));
  };
  worker.postMessage({ prepare: modalities.href, gate } satisfies IntakeStart);
  try {
    await ready.promise;
    return { worker, gate };
  } catch (error) {
    await closeGate(gate);
    worker.terminate();
    throw error;
  }
}
