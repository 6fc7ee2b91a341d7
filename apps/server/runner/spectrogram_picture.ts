import FFT from "fft.js";
import sharp from "sharp";

const COLUMNS = 128;
const ROWS = 64;
const WINDOW = 512;
/** What lies this many decibels below the loudest is black. */
const DEPTH = 70;

/**
 * A picture of a sound's spectrogram: time from left to right, pitch upwards on a logarithmic scale.
 *
 * @param sound The samples, in [−1, 1].
 * @returns A PNG file of 128×64 pixels.
 */
export async function spectrogramPicture(sound: Float32Array): Promise<Uint8Array> {
  const levels = levelsOf(sound);
  const loudest = Math.max(-60, levels.reduce((a, b) => Math.max(a, b), -Infinity));
  const pixels = new Uint8Array(3 * levels.length);
  levels.forEach((level, i) => {
    const share = Math.min(1, Math.max(0, 1 + (level - loudest) / DEPTH));
    pixels.set(color(share), 3 * i);
  });
  const raw = { width: COLUMNS, height: ROWS, channels: 3 } as const;
  return new Uint8Array(await sharp(pixels, { raw }).png().toBuffer());
}

/** Decibels, [rows, columns], the highest pitch first. */
function levelsOf(sound: Float32Array): Float32Array {
  const fft = new FFT(WINDOW);
  const spectrum = fft.createComplexArray();
  const framed = new Array<number>(WINDOW);
  const levels = new Float32Array(ROWS * COLUMNS);
  for (let column = 0; column < COLUMNS; column++) {
    const begin = Math.round((column + 0.5) * sound.length / COLUMNS - WINDOW / 2);
    for (let i = 0; i < WINDOW; i++) {
      const window = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i + 0.5) / WINDOW);
      framed[i] = window * (sound[begin + i] ?? 0);
    }
    fft.realTransform(spectrum, framed);
    const power = (bin: number) => spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
    for (let row = 0; row < ROWS; row++) {
      // From two bins to half the window on a logarithmic scale; each row at least one bin wide.
      const edge = (place: number) => 2 * (WINDOW / 4) ** (place / ROWS);
      const from = Math.floor(edge(row));
      const to = Math.max(from + 1, Math.floor(edge(row + 1)));
      let loudest = 0;
      for (let bin = from; bin < to; bin++) loudest = Math.max(loudest, power(bin));
      levels[(ROWS - 1 - row) * COLUMNS + column] = 10 * Math.log10(loudest + 1e-12);
    }
  }
  return levels;
}

/** Black over violet and orange to light yellow. */
function color(share: number): [number, number, number] {
  const stops = [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]] as const;
  const place = share * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  return [0, 1, 2].map((channel) => {
    const [a, b] = [stops[below]![channel]!, stops[below + 1]![channel]!];
    return Math.round(a + (b - a) * (place - below));
  }) as [number, number, number];
}
