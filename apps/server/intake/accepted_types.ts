import type { AnyModality } from "@codi/core/modality";

/** Types that are never decoded for strangers: only native code reads them. */
const NATIVE_ONLY = ["image/avif", "image/tiff", "image/bmp", "video/mp4", "video/x-matroska"];

/** The media types of files that a server takes as masks. */
export const MASK_TYPES: readonly string[] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/**
 * The media types of files that a server takes for a modality.
 *
 * @param modality The modality.
 * @returns Those that its codec reads and that are decoded by wasm or JavaScript.
 */
export function acceptedTypes({ codec }: AnyModality): string[] {
  // An animated WebP has no decoder here but a native one; where clips are read, it would be one.
  const moving = codec.reads.some((type) => type.startsWith("video/"));
  return codec.reads.filter((type) =>
    !NATIVE_ONLY.includes(type) && !(moving && type === "image/webp")
  );
}
