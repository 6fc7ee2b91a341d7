/** The EXIF orientation of a JPEG file; 1 if it says none. */
export function jpegOrientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda;) {
      if (hasNoLength(view.getUint8(at + 1))) {
        at += 2;
        continue;
      }
      const length = view.getUint16(at + 2);
      const exif = view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === 0x45786966;
      if (exif) {
        return tiffOrientation(new DataView(view.buffer, view.byteOffset + at + 10, length - 8));
      }
      at += 2 + length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

function tiffOrientation(view: DataView): number {
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  const entries = view.getUint16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little);
  }
  return 1;
}

/** Whether a marker stands alone: TEM, and those of restarts. */
export function hasNoLength(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/** Whether a JPEG file goes on to its end mark: decoders fill up with grey what is missing. */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  let at = 2;
  while (at + 1 < bytes.length) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0 || hasNoLength(marker)) at++; // in a scan
    else if (marker === 0xd9) return true;
    else if (marker === 0xff) at++;
    else at += 2 + (bytes[at + 2]! << 8 | bytes[at + 3]!);
  }
  return false;
}
