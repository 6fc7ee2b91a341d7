/**
 * The size that a key frame announces in its first bytes, before it is decoded; undefined of other
 * frames. VP8: RFC 6386, section 9.1; VP9: bitstream specification, section 6.2.
 */
export function keyFrameSize(
  codec: "vp8" | "vp9",
  data: Uint8Array,
): readonly [width: number, height: number] | undefined {
  if (codec === "vp8") {
    if (data.length < 10 || (data[0]! & 1) !== 0) return undefined;
    return [
      (data[6]! | data[7]! << 8) & 0x3fff,
      (data[8]! | data[9]! << 8) & 0x3fff,
    ];
  }
  let at = 0;
  const read = (bits: number): number => {
    let value = 0;
    for (let i = 0; i < bits; i++, at++) {
      value = 2 * value + ((data[at >> 3] ?? 0) >> (7 - at % 8) & 1);
    }
    return value;
  };
  if (read(2) !== 2) return undefined; // frame marker
  const profile = read(1) + 2 * read(1);
  if (profile === 3) read(1);
  if (read(1) === 1 || read(1) === 1) return undefined; // shown again; not a key frame
  read(2 + 24); // whether it is shown, how errors are met, sync code
  if (profile >= 2) read(1); // 10 or 12 bits
  const sharesColors = profile === 1 || profile === 3;
  if (read(3) !== 7) read(sharesColors ? 1 + 3 : 1); // 7: red, green and blue
  else if (sharesColors) read(1);
  const width = read(16) + 1;
  return [width, read(16) + 1];
}
