import { type CaptionFactors, type FactorName, parseCaption, type SceneScore } from "@codi/band";
import {
  type ImageReader,
  openAudioReader,
  openImageReader,
  openVideoReader,
  readColor,
  READER_WEIGHTS,
  readScore,
} from "@codi/band/readers";
import type { Device } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { loadBytes } from "@codi/core/weights";
import { sha256 } from "../sha256.ts";
import { stacked } from "./bench.ts";
import { motionPeaks, soundOnsets } from "./metrics/av_align.ts";
import { pack } from "./packed.ts";

/** What a reader finds in one sample, as far as its modality shows it. */
export interface Seen extends Partial<Record<FactorName, string | number | undefined>> {
  /** The drawing style. */
  readonly style?: string;
  /** The slots that hold a stroke. */
  readonly slots?: readonly number[];
  /** The slots in which something moves or sounds, by measurement alone. */
  readonly peaks?: readonly number[];
  /** The reader's features, packed. */
  readonly features?: string;
  /** Whether a sentence could be read at all. */
  readonly parses?: boolean;
  /** The sentence. */
  readonly text?: string;
}

/** Reads samples of one modality. */
export interface Judge extends AsyncDisposable {
  /** What it finds in each sample, real or generated. */
  read(samples: readonly unknown[]): Promise<readonly Seen[]>;
}

/**
 * The SHA-256 of the weights that readers ship with.
 *
 * @returns The digests by reader, for example `readers/image`.
 */
export async function digestReaders(): Promise<Record<string, string>> {
  const each = Object.entries(READER_WEIGHTS).map(async ([name, url]) =>
    [`readers/${name}`, await sha256(await loadBytes(url))] as const
  );
  return Object.fromEntries(await Promise.all(each));
}

/**
 * Opens the reader of a modality.
 *
 * @param name The modality.
 * @param device Where its networks run.
 * @returns The judge.
 * @throws {RangeError} If the band has no reader of that modality.
 */
export async function openJudge(name: string, device: Device): Promise<Judge> {
  switch (name) {
    case "image":
      return imageJudge(await openImageReader({ device }));
    case "video":
      return await videoJudge(device);
    case "audio":
      return await audioJudge(device);
    case "text":
      return {
        read: (samples) => Promise.resolve((samples as string[]).map(readSentence)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    case "score":
      return {
        read: (samples) => Promise.resolve((samples as SceneScore[]).map(scoreSeen)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    default:
      throw new RangeError(
        `Cannot judge "${name}": the band reads text, image, video, audio and score`,
      );
  }
}

function imageJudge(reader: ImageReader): Judge {
  return {
    read: async (samples) => {
      const pictures = samples as Tensor[];
      const readings = await reader.read(stacked(pictures));
      const features = await reader.features(stacked(pictures));
      return readings.map(({ thing, style }, i): Seen => ({
        thing,
        style,
        color: readColor(pictures[i]!).color,
        features: pack(rowOf(features, i)),
      }));
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

async function videoJudge(device: Device): Promise<Judge> {
  const reader = await openVideoReader({ device });
  const images = await openImageReader({ device });
  return {
    read: async (samples) => {
      const clips = samples as Tensor[];
      const readings = await reader.read(clips);
      const seen: Seen[] = [];
      for (const [i, { thing, style, color, count, contour, slots }] of readings.entries()) {
        // The mean over the frames: what is shown, not how it moves.
        const features = await images.features(clips[i]!);
        const [frames = 1, width = 1] = features.shape;
        const mean = new Float32Array(width);
        features.data.forEach((value, k) => mean[k % width]! += value / frames);
        const peaks = motionPeaks(clips[i]!);
        seen.push({ thing, style, color, count, contour, slots, peaks, features: pack(mean) });
      }
      return seen;
    },
    [Symbol.asyncDispose]: async () => {
      await reader.close();
      await images.close();
    },
  };
}

async function audioJudge(device: Device): Promise<Judge> {
  const reader = await openAudioReader({ device });
  return {
    read: async (samples) => {
      const sounds = samples as Tensor[];
      const readings = await reader.read(sounds);
      const features = await reader.features(sounds);
      return readings.map(({ thing, count, contour, register, slots }, i): Seen => ({
        thing,
        count,
        contour,
        register,
        slots,
        peaks: soundOnsets(sounds[i]!),
        features: pack(rowOf(features, i)),
      }));
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

function readSentence(text: string): Seen {
  const said: CaptionFactors | undefined = parseCaption(text);
  return { ...said, parses: said !== undefined, text };
}

function scoreSeen(score: SceneScore): Seen {
  return { ...readScore(score) };
}

function rowOf(table: Tensor, row: number): Float32Array {
  const width = table.shape[1]!;
  return tensor([width], table.data.slice(row * width, (row + 1) * width)).data;
}
