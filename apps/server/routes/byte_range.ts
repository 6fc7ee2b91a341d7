import type { ByteRange } from "../store/store.ts";

/**
 * Reads a `Range` header. Of several ranges none is served, as the standard allows.
 *
 * @param header The header, if there is one.
 * @param length The length of the file.
 * @returns The range; undefined for the whole file; "outside" if nothing of the file is in it.
 */
export function parseRange(
  header: string | undefined,
  length: number,
): ByteRange | "outside" | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const count = Math.min(Number(last), length);
    return count === 0 ? "outside" : { start: length - count, end: length - 1 };
  }
  const start = Number(first);
  const end = last === "" ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= length ? "outside" : { start, end };
}
