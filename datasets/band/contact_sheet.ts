import type { Tensor } from "@codi/core/tensor";
import {
  blankSheet,
  encodeSheet,
  GAP,
  LETTER_WIDTH,
  LINE_HEIGHT,
  paint,
  wrap,
  write,
} from "./_sheet.ts";

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

/** The most lines of a caption. */
const LINES = 5;

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

  const sheet = blankSheet(width, height);
  entries.forEach(({ picture, caption }, n) => {
    const left = GAP + (n % across) * cellWidth;
    const top = GAP + Math.floor(n / across) * cellHeight;
    paint(sheet, picture.data, [high, wide], [left, top], scale);
    wrap(caption, Math.floor(wide * scale / LETTER_WIDTH), LINES).forEach((line, i) =>
      write(sheet, line, left, top + high * scale + (i + 1) * LINE_HEIGHT)
    );
  });
  return await encodeSheet(sheet);
}
