import type { Tensor } from "@codi/core/tensor";
import { blankSheet, encodeSheet, GAP, LINE_HEIGHT, paint, type Sheet, write } from "./_sheet.ts";
import { spectrogram, SPECTROGRAM_BANDS, SPECTROGRAM_COLUMNS } from "./_spectrogram.ts";
import { CLIP_FRAMES } from "./clip.ts";
import { PICTURE_SIDE } from "./draw.ts";
import { type Rhythm, SLOTS } from "./rhythms.ts";
import { SOUND_SAMPLES } from "./sound/draw_sound.ts";

/** One row of a sheet: a scene, or what was generated together, in any modalities. */
export interface SceneSheetEntry {
  /** The words above the row. */
  readonly caption?: string;
  /** The picture, [3, 64, 64], values in [−1, 1]. */
  readonly picture?: Tensor;
  /** The clip, [16, 3, 64, 64], values in [−1, 1]. */
  readonly clip?: Tensor;
  /** The sound, [32000], values in [−1, 1]. */
  readonly sound?: Tensor;
  /** The slots that are marked in the sound's spectrogram. */
  readonly rhythm?: Rhythm;
}

/** Pixels of the sheet for each pixel of a picture that stands beside a clip and a sound. */
const PICTURE_SCALE = 2;
const STRIP_WIDTH = CLIP_FRAMES * PICTURE_SIDE;

/** From silence to the loudest: black, violet, red, orange, pale yellow. */
const PALETTE = [[8, 6, 20], [84, 24, 110], [190, 52, 84], [246, 142, 44], [
  252,
  250,
  190,
]] as const;

/** The colour of a level from 0 to 1, each channel in [−1, 1]. */
function colorOf(level: number): [number, number, number] {
  const place = Math.min(1, level) * (PALETTE.length - 1);
  const first = Math.min(PALETTE.length - 2, Math.floor(place));
  const [from, to] = [PALETTE[first]!, PALETTE[first + 1]!];
  const channel = (c: 0 | 1 | 2) => (from[c] + (place - first) * (to[c] - from[c])) / 127.5 - 1;
  return [channel(0), channel(1), channel(2)];
}

/** A spectrogram as wide as a clip's strip, with a line where each marked slot begins. */
function paintSound(sheet: Sheet, sound: Tensor, rhythm: Rhythm, left: number, top: number): void {
  const levels = spectrogram(sound.data);
  const [high, wide] = [SPECTROGRAM_BANDS, STRIP_WIDTH];
  const planes = new Float32Array(3 * high * wide);
  for (let i = 0; i < high * wide; i++) {
    const column = Math.floor((i % wide) * SPECTROGRAM_COLUMNS / wide);
    const color = colorOf(levels[Math.floor(i / wide) * SPECTROGRAM_COLUMNS + column]!);
    color.forEach((value, c) => planes[c * high * wide + i] = value);
  }
  paint(sheet, planes, [high, wide], [left, top], 1);
  for (const slot of rhythm) {
    const x = left + slot * STRIP_WIDTH / SLOTS;
    sheet.shapes.push(
      `<path d="M${x} ${top}v${high}" stroke="#7fd4ff" stroke-width="2" stroke-dasharray="4 3"/>`,
    );
  }
}

/**
 * A sheet for looking at whole scenes: each is a row with its words above, its picture on the left,
 * the frames of its clip side by side and, below them, the spectrogram of its sound, slot under slot.
 * What an entry lacks stays white. Words and permissions are as in {@linkcode contactSheet}.
 *
 * @param entries The scenes.
 * @returns The bytes of a PNG file.
 * @throws {RangeError} If there is nothing to show, or a shape is another.
 */
export async function sceneSheet(entries: readonly SceneSheetEntry[]): Promise<Uint8Array> {
  const has = (part: keyof SceneSheetEntry) => entries.some((one) => one[part] !== undefined);
  const check = (part: "picture" | "clip" | "sound", shape: readonly number[]) => {
    const wrong = entries.find((one) => one[part] && `${one[part].shape}` !== `${shape}`)?.[part];
    if (wrong !== undefined) {
      throw new RangeError(
        `Cannot show a ${part} of shape [${wrong.shape}]: it takes [${shape.join(", ")}]`,
      );
    }
  };
  check("picture", [3, PICTURE_SIDE, PICTURE_SIDE]);
  check("clip", [CLIP_FRAMES, 3, PICTURE_SIDE, PICTURE_SIDE]);
  check("sound", [SOUND_SAMPLES]);
  const pictureSide = has("picture") ? PICTURE_SCALE * PICTURE_SIDE : 0;
  const stripTop = has("caption") ? LINE_HEIGHT + 4 : 0;
  const soundTop = stripTop + (has("clip") ? PICTURE_SIDE : 0);
  const bottom = soundTop + (has("sound") ? SPECTROGRAM_BANDS : 0);
  const rowHeight = Math.max(stripTop + pictureSide, bottom) + GAP;
  const stripLeft = GAP + (pictureSide > 0 ? pictureSide + GAP : 0);
  if (entries.length === 0 || rowHeight === GAP) {
    throw new RangeError("Cannot make a sheet of nothing: it takes at least one scene with a part");
  }

  const sheet = blankSheet(stripLeft + STRIP_WIDTH + GAP, GAP + entries.length * rowHeight);
  const size = [PICTURE_SIDE, PICTURE_SIDE] as const;
  entries.forEach(({ caption, picture, clip, sound, rhythm = [] }, n) => {
    const top = GAP + n * rowHeight;
    if (caption !== undefined) write(sheet, caption, GAP, top + LINE_HEIGHT - 2);
    if (picture) paint(sheet, picture.data, size, [GAP, top + stripTop], PICTURE_SCALE);
    if (clip) {
      const values = 3 * PICTURE_SIDE * PICTURE_SIDE;
      for (let frame = 0; frame < CLIP_FRAMES; frame++) {
        const planes = clip.data.subarray(frame * values, (frame + 1) * values);
        paint(sheet, planes, size, [stripLeft + frame * PICTURE_SIDE, top + stripTop], 1);
      }
    }
    if (sound) paintSound(sheet, sound, rhythm, stripLeft, top + soundTop);
  });
  return await encodeSheet(sheet);
}
