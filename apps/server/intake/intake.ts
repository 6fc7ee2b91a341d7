import type { AnyModality } from "@codi/core/modality";
import type { Limits } from "../config.ts";
import { Problem } from "../problem.ts";
import { acceptedTypes } from "./accepted_types.ts";
import { pictureSize } from "./picture_size.ts";
import { sniff } from "./sniff.ts";
import { reasonOf } from "./_reason.ts";
import { closeGate, type CompileGate, compileGate } from "./_compile_gate.ts";
import type { IntakeAnswer, IntakeQuestion, IntakeStart } from "./_worker.ts";

/** A file that may be kept and used. */
export interface AcceptedFile {
  /** Its bytes, written anew if it is a picture. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly mediaType: string;
  /** Bytes of memory that it takes while it is decoded, by its header. */
  readonly memoryBytes: number;
}

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

  return {
    accept: async (modality, bytes, place) => {
      const mediaType = checkHeader(modality, bytes, place, limits);
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
        if ("bytes" in answer) return await checkPictureSample(modality, answer, place);
        throw new Problem(answer.problem, `${place}: ${answer.detail}`);
      } finally {
        waiting--;
      }
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

/** Refuses what can be refused without decoding; gives the media type. */
function checkHeader(
  modality: AnyModality,
  bytes: Uint8Array<ArrayBuffer>,
  place: string,
  limits: Limits,
): string {
  if (bytes.length === 0) throw new Problem("unreadable-file", `${place}: the file is empty`);
  if (bytes.length > limits.uploadBytes) {
    throw new Problem(
      "too-large",
      `${place}: its ${bytes.length} bytes are above the limit of ${limits.uploadBytes}`,
    );
  }
  const types = acceptedTypes(modality);
  const found = sniff(bytes);
  // Sounds in a WebM file look like clips from outside.
  const known = found === "video/webm" && !types.includes(found) ? "audio/webm" : found;
  const mediaType = known ?? types.find((type) => !/^(image|audio|video)\//.test(type));
  if (mediaType === undefined || !types.includes(mediaType)) {
    throw new Problem(
      "unsupported-type",
      `${place}: it is ${
        known === undefined ? "of no type that is known" : `"${known}"`
      }; "${modality.name}" takes ${types.join(", ")}`,
    );
  }
  if (mediaType.startsWith("image/")) checkPicture(bytes, mediaType, place, limits);
  return mediaType;
}

/** A picture that was written anew has still to be what the modality reads. */
async function checkPictureSample(
  { codec }: AnyModality,
  file: AcceptedFile,
  place: string,
): Promise<AcceptedFile> {
  if (!file.mediaType.startsWith("image/")) return file;
  try {
    await codec.decode(file.bytes);
    return file;
  } catch (cause) {
    throw new Problem("unreadable-file", `${place}: ${reasonOf(cause)}`, { cause });
  }
}

function checkPicture(bytes: Uint8Array, mediaType: string, place: string, limits: Limits): void {
  let size;
  try {
    size = pictureSize(bytes, mediaType);
  } catch (cause) {
    throw new Problem("unreadable-file", `${place}: its header is damaged`, { cause });
  }
  const { width, height, frames } = size;
  if (width * height * frames > limits.pixels) {
    throw new Problem(
      "too-large",
      `${place}: its ${
        frames > 1 ? `${frames} frames of ` : ""
      }${width}×${height} pixels are above ` +
        `the limit of ${limits.pixels}`,
    );
  }
  if (mediaType === "image/webp" && frames > 1) {
    throw new Problem(
      "unsupported-type",
      `${place}: it is an animated WebP; send it as GIF or WebM`,
    );
  }
}
