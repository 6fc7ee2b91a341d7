import { Buffer } from "node:buffer";
import type { Tensor } from "@codi/core/tensor";

/** A picture of a contact sheet. */
export interface ContactSheetEntry {
  /** The picture: [3, height, width], values in [−1, 1]; all of a sheet have the same size. */
  readonly picture: Tensor;
  /** The words below it. */
  readonly caption: string;
}

/** How a contact sheet is laid out. */
export interface ContactSheetOptions {
  /**
   * Pictures in a row.
   *
   * @default {8}
   */
  readonly columns?: number;
  /**
   * Pixels of the sheet for each pixel of a picture.
   *
   * @default {2}
   */
  readonly scale?: number;
}

const GAP = 8;
const LINES = 5;
const LINE_HEIGHT = 13;
const LETTER_WIDTH = 6.5;

/** Breaks a text into lines; what does not fit into the last one is cut. */
function wrap(text: string, letters: number): string[] {
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
  if (lines.length > LINES) lines.splice(LINES - 1, lines.length, `${lines[LINES - 1]}…`);
  return lines;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escape = (text: string): string => text.replace(/[&<>]/g, (letter) => ENTITIES[letter]!);

/**
 * A sheet of pictures with their captions below, for looking at. The letters are drawn with a
 * sans-serif font of the system; without any font the sheet has no words. It uses the native module
 * sharp, which needs permission to read, `--allow-env` and `--allow-ffi`.
 *
 * @param entries The pictures and captions, row by row.
 * @param options The layout.
 * @returns The bytes of a PNG file.
 * @throws {RangeError} If there are no pictures, or they are not of one size [3, height, width].
 */
export async function contactSheet(
  entries: readonly ContactSheetEntry[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const { scale = 2, columns = 8 } = options;
  const [channels = 0, high = 0, wide = 0] = entries[0]?.picture.shape ?? [];
  if (channels !== 3 || entries.some(({ picture }) => `${picture.shape}` !== `3,${high},${wide}`)) {
    throw new RangeError(
      `Cannot make a contact sheet of ${entries.length} pictures: it takes at least one, ` +
        `all of one shape [3, height, width]`,
    );
  }
  const cellWidth = wide * scale + GAP;
  const cellHeight = high * scale + LINES * LINE_HEIGHT + GAP;
  const across = Math.min(columns, entries.length);
  const width = across * cellWidth + GAP;
  const height = Math.ceil(entries.length / across) * cellHeight + GAP;

  const sheet = new Uint8Array(3 * width * height).fill(255);
  const words: string[] = [];
  entries.forEach(({ picture, caption }, n) => {
    const left = GAP + (n % across) * cellWidth;
    const top = GAP + Math.floor(n / across) * cellHeight;
    for (let y = 0; y < high * scale; y++) {
      for (let x = 0; x < wide * scale; x++) {
        const from = Math.floor(y / scale) * wide + Math.floor(x / scale);
        const to = 3 * ((top + y) * width + left + x);
        for (let c = 0; c < 3; c++) {
          const value = (picture.data[c * high * wide + from]! + 1) * 127.5;
          sheet[to + c] = Math.max(0, Math.min(255, Math.round(value)));
        }
      }
    }
    wrap(caption, Math.floor(wide * scale / LETTER_WIDTH)).forEach((line, i) => {
      const baseline = top + high * scale + (i + 1) * LINE_HEIGHT;
      words.push(`<text x="${left}" y="${baseline}">${escape(line)}</text>`);
    });
  });

  const { default: sharp } = await import("sharp");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="11">${words.join("")}</svg>`;
  const png = await sharp(sheet, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }]).png().toBuffer();
  return new Uint8Array(png);
}
