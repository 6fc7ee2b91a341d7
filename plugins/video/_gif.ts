const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const COMMENT = 0xfe;

/** Whether a GIF file's blocks go on to its end; decoders show one that breaks off as far as it goes. */
export function isWholeGif(bytes: Uint8Array): boolean {
  const tableSize = (flags: number) => (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
  let at = 13 + tableSize(bytes[10] ?? 0);
  while (at < bytes.length) {
    const kind = bytes[at]!;
    if (kind === TRAILER) return true;
    if (kind === EXTENSION) at += 2;
    else if (kind === IMAGE) at += 11 + tableSize(bytes[at + 9] ?? 0);
    else return false;
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!; // length and data of each part
    at++;
  }
  return false;
}

/** A GIF file with a comment, in ASCII, before its last byte. */
export function withComment(gif: Uint8Array, comment: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(comment);
  const blocks = [EXTENSION, COMMENT];
  for (let start = 0; start < text.length; start += 255) {
    const part = text.subarray(start, start + 255);
    blocks.push(part.length, ...part);
  }
  const last = gif.length - 1;
  const whole = new Uint8Array(gif.length + blocks.length + 1);
  whole.set(gif.subarray(0, last));
  whole.set(blocks, last);
  whole[whole.length - 1] = TRAILER;
  return whole;
}
