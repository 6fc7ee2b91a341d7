import type { AnyModality } from "@codi/core/modality";
import type { Limits } from "../config.ts";
import type { AcceptedFile } from "../intake/accepted_file.ts";
import type { Intake } from "../intake/intake.ts";
import { Problem } from "../problem.ts";
import type { FileSpec, JobOutput, SampleSpec } from "../queue/job.ts";
import type { JobQueue } from "../queue/queue.ts";
import { sha256 } from "../sha256.ts";
import type { BlobStore } from "../store/store.ts";
import { invalid } from "./check.ts";
import { SAMPLE_MEMORY } from "./check_cost.ts";
import { type RequestBody, tooManyFiles } from "./read_body.ts";
import type { SampleRequest } from "./schema.ts";

/** What {@linkcode resolveSample} needs. */
export interface ResolveContext {
  /** The installed modalities. */
  readonly modalities: readonly AnyModality[];
  /** What requests may ask for. */
  readonly limits: Limits;
  /** Looks at files. */
  readonly intake: Intake;
  /** Where earlier generations are. */
  readonly queue: JobQueue;
  /** Where their files are. */
  readonly store: BlobStore;
  /** Whose request it is. */
  readonly owner: string;
  /** The body it came in. */
  readonly body: RequestBody;
}

/** A sample of a request: its words, or its file. */
export interface ResolvedSample {
  /** Its words. */
  readonly text?: string;
  /** Its file. */
  readonly file?: AcceptedFile;
}

/**
 * Checks how many files a request brings, in fields of their own or within its JSON.
 *
 * @param samples All of its samples.
 * @param limits What requests may ask for.
 * @throws {Problem} If there are too many.
 */
export function checkFiles(samples: readonly SampleRequest[], limits: Limits): void {
  const files = samples.filter(({ data, file }) => data !== undefined || file !== undefined);
  if (files.length > limits.files) throw tooManyFiles(limits);
}

/** Whether samples of a modality are words. */
export function isWords({ codec }: AnyModality): boolean {
  return codec.writes === "text/plain";
}

/**
 * Finds the sample that a request speaks of, and checks it.
 *
 * @param name The name of its modality.
 * @param given How it is given.
 * @param pointer Where it stands in the request.
 * @param context The request and what is known.
 * @returns Words or a file.
 * @throws {Problem} If there is no such modality, file or output, or the file is refused.
 */
export async function resolveSample(
  name: string,
  given: SampleRequest,
  pointer: string,
  context: ResolveContext,
): Promise<ResolvedSample> {
  const { modalities, limits, intake } = context;
  const modality = modalities.find((modality) => modality.name === name);
  if (modality === undefined) {
    const names = modalities.map(({ name }) => `"${name}"`).join(", ");
    const detail = `there is no modality "${name.slice(0, 50)}"; installed are ${names}`;
    throw invalid([{ pointer: `${pointer}/modality`, detail }]);
  }
  const words = isWords(modality);
  const checked = (text: string): ResolvedSample => {
    const length = new TextEncoder().encode(text).length;
    if (length > limits.textBytes) {
      throw new Problem(
        "too-large",
        `${pointer}: its ${length} bytes are above the limit of ${limits.textBytes} for words`,
      );
    }
    return { text };
  };
  if (given.text !== undefined) {
    if (words) return checked(given.text);
    const detail = `"${name}" is a file: give it as data, file or output`;
    throw invalid([{ pointer: `${pointer}/text`, detail }]);
  }
  if (given.output !== undefined) return await outputOf(modality, given.output, pointer, context);
  const bytes = sentBytes(given, pointer, context);
  if (!words) return { file: await intake.accept(modality, bytes, pointer) };
  try {
    return checked(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new Problem("unreadable-file", `${pointer}: the bytes are not UTF-8`, { cause });
  }
}

/**
 * Puts a file into the store.
 *
 * @param sample Words or a file.
 * @param key Where the file goes.
 * @param store The store.
 * @returns The sample as a job keeps it.
 */
export async function keepSample(
  { text, file }: ResolvedSample,
  key: string,
  store: BlobStore,
): Promise<SampleSpec> {
  return file === undefined ? { text: text! } : await keepFile(file, key, store);
}

/** Puts a file into the store. */
export async function keepFile(
  { bytes, mediaType }: AcceptedFile,
  key: string,
  store: BlobStore,
): Promise<FileSpec> {
  await store.put(key, bytes);
  return { upload: { key, mediaType, bytes: bytes.length, sha256: await sha256(bytes) } };
}

/**
 * The bytes of a file that came with a request.
 *
 * @param given How it is given: in base64, or as a field of the body.
 * @param pointer Where it stands in the request.
 * @param context The request and its limits.
 * @returns The bytes, not looked at.
 * @throws {Problem} If there is no such field, or they are no base64 or too many.
 */
export function sentBytes(
  { data, file }: SampleRequest,
  pointer: string,
  { limits, body }: ResolveContext,
): Uint8Array<ArrayBuffer> {
  if (data !== undefined) return decodeBase64(data, pointer, limits);
  const bytes = body.files.get(file!);
  if (bytes !== undefined) return bytes;
  const detail = `there is no field "${
    file!.slice(0, 50)
  }" in the body; files are sent as multipart/form-data`;
  throw invalid([{ pointer: `${pointer}/file`, detail }]);
}

function decodeBase64(data: string, pointer: string, limits: Limits): Uint8Array<ArrayBuffer> {
  const base64 = data.replace(/^data:[^,]*;base64,/, "");
  if (base64.length * 3 / 4 > limits.uploadBytes + 3) {
    throw new Problem(
      "too-large",
      `${pointer}: it is above the limit of ${limits.uploadBytes} bytes`,
    );
  }
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw invalid([{ pointer: `${pointer}/data`, detail: "it is not base64" }]);
  }
}

/**
 * An output of an earlier generation of the same owner.
 *
 * @param path Its path.
 * @param pointer Where it stands in the request.
 * @param context The request and where outputs are.
 * @returns What is known of it, and its bytes.
 * @throws {Problem} If there is no such output.
 */
export async function findOutput(
  path: string,
  pointer: string,
  { queue, store, owner }: ResolveContext,
): Promise<{ readonly output: JobOutput; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const wrong = (detail: string) => invalid([{ pointer: `${pointer}/output`, detail }]);
  const [, id, name] = /^\/v1\/generations\/([\w-]+)\/outputs\/([\w-]+)$/.exec(path) ?? [];
  if (id === undefined) throw wrong("it is a path such as /v1/generations/ID/outputs/image");
  const job = await queue.get(id);
  const output = job?.owner === owner
    ? job.outputs.find((output) => output.name === name)
    : undefined;
  const bytes = output && await store.get(output.key);
  if (output === undefined || bytes === undefined) throw wrong("there is no such output");
  return { output, bytes };
}

/** A sample that was made here, so it need not be looked at as a stranger's file. */
async function outputOf(
  modality: AnyModality,
  path: string,
  pointer: string,
  context: ResolveContext,
): Promise<ResolvedSample> {
  const { output, bytes } = await findOutput(path, pointer, context);
  if (isWords(modality) && output.mediaType === "text/plain") {
    return { text: new TextDecoder().decode(bytes).trim() };
  }
  const { reads } = modality.codec;
  if (reads.includes(output.mediaType)) {
    return { file: { bytes, mediaType: output.mediaType, memoryBytes: SAMPLE_MEMORY } };
  }
  // Whether a clip has a sound, only reading it tells.
  if (output.mediaType === "video/webm" && reads.includes("audio/webm")) {
    return { file: await context.intake.accept(modality, bytes, pointer) };
  }
  const detail = `it is "${output.mediaType}", which "${modality.name}" does not read`;
  throw invalid([{ pointer: `${pointer}/output`, detail }]);
}
