/** Media types by marks at the beginning of files. */
const MARKS: readonly (readonly [mediaType: string, at: number, mark: string])[] = [
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/gif", 0, "GIF87a"],
  ["image/gif", 0, "GIF89a"],
  ["image/tiff", 0, "II*\0"],
  ["image/tiff", 0, "MM\0*"],
  ["image/bmp", 0, "BM"],
  ["audio/flac", 0, "fLaC"],
  ["audio/ogg", 0, "OggS"],
  ["audio/mpeg", 0, "ID3"],
  ["application/zip", 0, "PK\x03\x04"],
  ["application/pdf", 0, "%PDF-"],
  ["application/gzip", 0, "\x1f\x8b"],
];

/**
 * What a file is, by its first bytes. What its sender or its name say does not count.
 *
 * @param bytes The file.
 * @returns Its media type; undefined if it is nothing that is known.
 */
export function sniff(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 64));
  const marked = MARKS.find(([, at, mark]) => head.startsWith(mark, at));
  if (marked !== undefined) return marked[0];
  if (head.startsWith("RIFF")) {
    if (head.startsWith("WAVE", 8)) return "audio/wav";
    if (head.startsWith("WEBP", 8)) return "image/webp";
  }
  if (head.startsWith("ftyp", 4)) {
    return /^.{8}(avif|avis)/s.test(head) ? "image/avif" : "video/mp4";
  }
  if (head.startsWith("\x1a\x45\xdf\xa3")) return "video/webm";
  // An MPEG audio frame: eleven bits set, then a version and a layer that exist.
  const [first = 0, second = 0] = bytes;
  if (first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x18) !== 0x08 && (second & 0x06)) {
    return "audio/mpeg";
  }
  return undefined;
}
