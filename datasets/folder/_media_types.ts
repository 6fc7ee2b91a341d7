/** A first guess at what a file is, by its ending; its bytes decide. */

import type { AnyModality } from "@codi/core/modality";
import { extname } from "@std/path";

/** Media types of endings, the likeliest first. */
const MEDIA_TYPES: Readonly<Record<string, readonly string[]>> = {
  ".avif": ["image/avif"],
  ".gif": ["image/gif"],
  ".jpeg": ["image/jpeg"],
  ".jpg": ["image/jpeg"],
  ".png": ["image/png"],
  ".tif": ["image/tiff"],
  ".tiff": ["image/tiff"],
  ".webp": ["image/webp"],
  ".flac": ["audio/flac"],
  ".mp3": ["audio/mpeg"],
  ".oga": ["audio/ogg"],
  ".ogg": ["audio/ogg"],
  ".opus": ["audio/ogg"],
  ".wav": ["audio/wav"],
  ".weba": ["audio/webm"],
  ".m4v": ["video/mp4"],
  ".mkv": ["video/x-matroska"],
  ".mp4": ["video/mp4"],
  ".webm": ["video/webm", "audio/webm"],
  ".txt": ["text/plain"],
};

/** The modalities that may read a file of that name, the likeliest first. */
export function readersOf(path: string, modalities: readonly AnyModality[]): AnyModality[] {
  const ending = extname(path).toLowerCase();
  const known = Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending]! : [];
  const written = modalities.flatMap(({ codec }) =>
    [{ mediaType: codec.writes, extension: codec.extension }, ...Object.values(codec.formats ?? {})]
      .filter(({ extension }) => extension === ending).map(({ mediaType }) => mediaType)
  );
  const types = [...known, ...written];
  return [
    ...new Set(
      types.flatMap((type) => modalities.filter(({ codec }) => codec.reads.includes(type))),
    ),
  ];
}
