/** A part of a file: from byte `start` up to and including byte `end`. */
export interface ByteRange {
  /** The first byte. */
  readonly start: number;
  /** The last byte. */
  readonly end: number;
}

/** What lies under the same first part of keys. */
export interface StoredFolder {
  /** That first part. */
  readonly name: string;
  /** When something was put there last, or about then, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** Where uploads and results lie: under keys, whole or not at all. */
export interface BlobStore {
  /** Keeps bytes under a key of letters, digits, `-`, `_`, `.` and `/`; what was there is replaced. */
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The bytes, or a part of them; undefined if there is nothing under the key. */
  get(key: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Removes all whose keys begin so. */
  remove(prefix: string): Promise<void>;
  /** All first parts of keys, each once. */
  folders(): Promise<StoredFolder[]>;
}

/**
 * Refuses keys that could mean a place elsewhere.
 *
 * @param key A key, or the beginning of keys that ends with "/".
 * @throws {RangeError} If a part of it is empty, begins with a dot or holds other characters.
 */
export function checkKey(key: string): void {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*\/?$/.test(key)) {
    throw new RangeError(
      `Cannot use the key "${key}": it takes letters, digits, "-", "_", "." and "/"`,
    );
  }
}
