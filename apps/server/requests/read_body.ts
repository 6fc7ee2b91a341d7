import type { Limits } from "../config.ts";
import { Problem } from "../problem.ts";

/** The body of a request: JSON, and the files that came with it. */
export interface RequestBody {
  /** The JSON. */
  readonly json: unknown;
  /** Files by the names of their fields. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** All of its bytes, as they were sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How many requests may be in memory at once, counted in requests of the largest size. */
const MOST_AT_ONCE = 5;

/** Bytes of requests that are being read, by the limits they are read under. */
const reading = new WeakMap<Limits, number>();

/**
 * Reads a JSON body, or a multipart one whose field `request` is JSON. No more is read than is allowed.
 *
 * @param request The request.
 * @param limits Its limits.
 * @returns JSON and files.
 * @throws {Problem} If it is too large or too slow, of another type, or no JSON, or too many are read at
 * once.
 */
export async function readBody(request: Request, limits: Limits): Promise<RequestBody> {
  const type = request.headers.get("content-type") ?? "";
  const multipart = /^multipart\/form-data\s*;/i.test(type);
  if (!multipart && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Problem(
      "unsupported-type",
      `The body is "${type.slice(0, 100)}"; it takes application/json or multipart/form-data`,
    );
  }
  const bytes = await readUpTo(request, limits);
  if (!multipart) return { json: parse(bytes), files: new Map(), bytes };
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch (cause) {
    throw new Problem("invalid-request", "The multipart body is damaged", { cause });
  }
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let json: unknown;
  for (const [name, value] of form.entries()) {
    if (name === "request") {
      json = parse(typeof value === "string" ? value : await value.bytes());
      continue;
    }
    if (files.size === limits.files) throw tooManyFiles(limits);
    files.set(
      name,
      typeof value === "string" ? new TextEncoder().encode(value) : await value.bytes(),
    );
  }
  if (json === undefined) {
    throw new Problem("invalid-request", 'The multipart body has no field "request" with JSON');
  }
  return { json, files, bytes };
}

/** The problem of a request with too many files. */
export function tooManyFiles({ files }: Limits): Problem {
  return new Problem("too-large", `A request may bring ${files} files`);
}

function busy(): Problem {
  return new Problem("unavailable", "Too many files are being sent; try again later", {
    headers: { "Retry-After": "5" },
  });
}

function tooSlow({ requestSeconds }: Limits): Problem {
  return new Problem(
    "request-timeout",
    `The request was not there within ${requestSeconds} seconds; send smaller files`,
  );
}

async function readUpTo(request: Request, limits: Limits): Promise<Uint8Array<ArrayBuffer>> {
  const limit = limits.requestBytes;
  const tooLarge = () =>
    new Problem("too-large", `The request is above the limit of ${limit / 1e6} MB`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let length = 0;
  const count = (bytes: number) => reading.set(limits, (reading.get(limits) ?? 0) + bytes);
  const reader = request.body?.getReader();
  let late = false;
  // Cancelling ends the read that waits.
  const timer = setTimeout(() => {
    late = true;
    reader?.cancel().catch(() => {});
  }, 1000 * limits.requestSeconds);
  try {
    for (;;) {
      const { value: piece } = await reader?.read() ?? {};
      if (late) throw tooSlow(limits);
      if (piece === undefined) break;
      length += piece.length;
      count(piece.length);
      if (length > limit) throw tooLarge();
      if (reading.get(limits)! > MOST_AT_ONCE * limit) throw busy();
      pieces.push(piece);
    }
  } finally {
    clearTimeout(timer);
    count(-length);
    reader?.cancel().catch(() => {}); // nothing is left, or nobody wants it
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function parse(json: Uint8Array | string): unknown {
  try {
    const text = typeof json === "string"
      ? json
      : new TextDecoder("utf-8", { fatal: true }).decode(json);
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("invalid-request", "The body is not valid JSON", { cause });
  }
}
