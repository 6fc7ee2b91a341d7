import type { Limits } from "../config.ts";
import { Problem } from "../problem.ts";
import { pictureSize } from "./picture_size.ts";
import { sniff } from "./sniff.ts";

/** A file as it was sent. */
export interface SentFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The types that it may have. */
  readonly types: readonly string[];
  /** How a message says which ones are taken. */
  readonly taken: string;
  readonly place: string;
}

/** Refuses what can be refused without decoding; gives the media type. */
export function checkHeader({ bytes, types, taken, place }: SentFile, limits: Limits): string {
  if (bytes.length === 0) throw new Problem("unreadable-file", `${place}: the file is empty`);
  if (bytes.length > limits.uploadBytes) {
    throw new Problem(
      "too-large",
      `${place}: its ${bytes.length} bytes are above the limit of ${limits.uploadBytes}`,
    );
  }
  const found = sniff(bytes);
  // Sounds in a WebM file look like clips from outside.
  const known = found === "video/webm" && !types.includes(found) ? "audio/webm" : found;
  const mediaType = known ?? types.find((type) => !/^(image|audio|video)\//.test(type));
  if (mediaType === undefined || !types.includes(mediaType)) {
    throw new Problem(
      "unsupported-type",
      `${place}: it is ${
        known === undefined ? "of no type that is known" : `"${known}"`
      }; ${taken}`,
    );
  }
  if (mediaType.startsWith("image/")) checkPicture(bytes, mediaType, place, limits);
  return mediaType;
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
