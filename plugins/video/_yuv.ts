import { unreadable } from "./_unreadable.ts";

/** How a file says that colours are coded. */
export interface ColorCoding {
  /** By ITU-R BT.709, as in high definition, instead of BT.601. */
  readonly bt709: boolean;
  /** In all 256 levels, instead of 16 to 235. */
  readonly fullRange: boolean;
}

/** Pixel formats of 8 bits, by their libav numbers: how many pixels share a colour, across and down. */
const SHARED: Readonly<Record<number, readonly [across: number, down: number]>> = {
  0: [2, 2], // yuv420p
  4: [2, 1], // yuv422p
  5: [1, 1], // yuv444p
  31: [1, 2], // yuv440p
};

/** Interleaved red, green and blue from planes of brightness and two of colour. */
export function toRgb(
  data: Uint8Array,
  [width, height]: readonly [width: number, height: number],
  format: number,
  layout: readonly { readonly offset: number; readonly stride: number }[],
  { bt709, fullRange }: ColorCoding,
): Uint8Array {
  const shared = SHARED[format];
  const [luma, blue, red] = layout;
  if (shared === undefined || !luma || !blue || !red) {
    throw unreadable("its frames are not in 8-bit YUV; convert it to a WebM that is");
  }
  const [across, down] = shared;
  // R = Y + 2 (1 − kr) Cr and B = Y + 2 (1 − kb) Cb; G is what makes up Y = kr R + kg G + kb B.
  const [kr, kb] = bt709 ? [0.2126, 0.0722] : [0.299, 0.114];
  const kg = 1 - kr - kb;
  const [black, light, color] = fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const pixels = new Uint8ClampedArray(3 * width * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    // The copy lacks the last line of colours that an odd height begins.
    const line = Math.max(0, Math.min(Math.floor(y / down), Math.floor(height / down) - 1));
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / across);
      const Y = light * (data[luma.offset + y * luma.stride + x]! - black);
      const cb = color * ((data[blue.offset + line * blue.stride + column] ?? 128) - 128);
      const cr = color * ((data[red.offset + line * red.stride + column] ?? 128) - 128);
      const r = Y + 2 * (1 - kr) * cr;
      const b = Y + 2 * (1 - kb) * cb;
      pixels[at++] = r;
      pixels[at++] = (Y - kr * r - kb * b) / kg;
      pixels[at++] = b;
    }
  }
  return new Uint8Array(pixels.buffer);
}
