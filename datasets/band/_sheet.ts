import { Buffer } from "node:buffer";

/** The white pixels between the parts of a sheet. */
export const GAP = 8;

/** The pixels of a line of words. */
export const LINE_HEIGHT = 13;

/** About how wide a letter is, in pixels. */
export const LETTER_WIDTH = 6.5;

/** A picture in the making. */
export interface Sheet {
  /** Its width in pixels. */
  readonly width: number;
  /** Its height in pixels. */
  readonly height: number;
  /** Red, green and blue bytes, row by row. */
  readonly pixels: Uint8Array;
  /** Shapes and words above the pixels, as elements of an SVG file. */
  readonly shapes: string[];
}

/** A white sheet. */
export function blankSheet(width: number, height: number): Sheet {
  return { width, height, pixels: new Uint8Array(3 * width * height).fill(255), shapes: [] };
}

/** Copies red, green and blue planes of values in [−1, 1] onto a sheet, each pixel to `scale`² ones. */
export function paint(
  sheet: Sheet,
  planes: Float32Array,
  [high, wide]: readonly [number, number],
  [left, top]: readonly [number, number],
  scale: number,
): void {
  for (let y = 0; y < high * scale; y++) {
    for (let x = 0; x < wide * scale; x++) {
      const from = Math.floor(y / scale) * wide + Math.floor(x / scale);
      const to = 3 * ((top + y) * sheet.width + left + x);
      for (let c = 0; c < 3; c++) {
        const value = (planes[c * high * wide + from]! + 1) * 127.5;
        sheet.pixels[to + c] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Writes a line of words above a baseline. */
export function write(sheet: Sheet, words: string, left: number, baseline: number): void {
  const escaped = words.replace(/[&<>]/g, (letter) => ENTITIES[letter]!);
  sheet.shapes.push(`<text x="${left}" y="${baseline}">${escaped}</text>`);
}

/** Breaks a text into lines; what does not fit into the last one is cut. */
export function wrap(text: string, letters: number, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > letters) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  if (lines.length > most) lines.splice(most - 1, lines.length, `${lines[most - 1]}…`);
  return lines;
}

/** The bytes of a PNG file. */
export async function encodeSheet({ width, height, pixels, shapes }: Sheet): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="11">${shapes.join("")}</svg>`;
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }]).png().toBuffer();
  return new Uint8Array(png);
}
