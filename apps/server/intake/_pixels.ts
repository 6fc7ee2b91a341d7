/** Pictures as red, green, blue and alpha of each pixel, row by row. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Makes a picture smaller, so that no side is above `most`: means over blocks of whole pixels. */
export function shrink({ data, width, height }: Pixels, most: number): Pixels {
  const factor = Math.ceil(Math.max(width, height) / most);
  if (factor <= 1) return { data, width, height };
  const [w, h] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const small = new Uint8ClampedArray(4 * w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sums = [0, 0, 0, 0];
      let count = 0;
      for (let v = y * factor; v < Math.min(height, (y + 1) * factor); v++) {
        for (let u = x * factor; u < Math.min(width, (x + 1) * factor); u++) {
          const at = 4 * (v * width + u);
          const alpha = data[at + 3]!;
          for (let channel = 0; channel < 3; channel++) {
            sums[channel]! += alpha * data[at + channel]!;
          }
          sums[3]! += alpha;
          count++;
        }
      }
      const at = 4 * (y * w + x);
      for (let channel = 0; channel < 3; channel++) {
        small[at + channel] = sums[3] ? sums[channel]! / sums[3]! : 0;
      }
      small[at + 3] = sums[3]! / count;
    }
  }
  return { data: small, width: w, height: h };
}

/** Turns a picture upright by its EXIF orientation, 1 to 8. */
export function turn(pixels: Pixels, orientation: number): Pixels {
  if (!(orientation >= 2 && orientation <= 8)) return pixels;
  const { data, width, height } = pixels;
  const swapped = orientation >= 5;
  const [w, h] = swapped ? [height, width] : [width, height];
  const turned = new Uint8ClampedArray(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const right = w - 1 - x;
      const below = h - 1 - y;
      const [u, v] = [
        [x, y],
        [right, y],
        [right, below],
        [x, below],
        [y, x],
        [y, right],
        [below, right],
        [below, x],
      ][orientation - 1] as [number, number];
      const from = 4 * (v * width + u);
      turned.set(data.subarray(from, from + 4), 4 * (y * w + x));
    }
  }
  return { data: turned, width: w, height: h };
}
