const HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/** How many bytes a WebM or Matroska file says it has and has not; 0 if it does not say. */
export function missingBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 12 <= bytes.length) {
    const id = view.getUint32(at);
    if (id !== HEADER && id !== SEGMENT) return 0;
    // The zeros before the first one of a size count the bytes that follow its first.
    const more = Math.clz32(view.getUint8(at + 4)) - 24;
    if (more > 7) return 0;
    let size = view.getUint8(at + 4) & (0x7f >> more);
    let unknown = size === 0x7f >> more;
    for (let i = 1; i <= more; i++) {
      const byte = view.getUint8(at + 4 + i);
      unknown &&= byte === 0xff;
      size = 256 * size + byte;
    }
    const end = at + 5 + more + size;
    if (id === SEGMENT) return unknown ? 0 : Math.max(0, end - bytes.length);
    at = end;
  }
  return 0;
}
