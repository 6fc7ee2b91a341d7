import type { PictureSize } from "./picture_size.ts";

/** A file that may be kept and used. */
export interface AcceptedFile {
  /** Its bytes, written anew if it is a picture. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly mediaType: string;
  /** Bytes of memory that it takes while it is decoded, by its header. */
  readonly memoryBytes: number;
  /** Of a picture of a stranger, its size before it was written anew, upright. */
  readonly sent?: PictureSize;
}
