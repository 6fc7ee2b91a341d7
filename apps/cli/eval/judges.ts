import { type CaptionFactors, type FactorName, parseCaption, type Rhythm } from "@codi/band";
import { openAudioReader, openImageReader, openVideoReader, readColor } from "@codi/band/readers";
import type { Device } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import { stacked } from "./bench.ts";

/** What a reader finds in one sample, as far as its modality shows it. */
export interface Seen extends Partial<Record<FactorName, unknown>> {
  /** The drawing style. */
  readonly style?: string;
  /** The slots that hold a stroke. */
  readonly slots?: Rhythm | readonly number[];
  /** Whether a sentence could be read at all. */
  readonly parses?: boolean;
}

/** Reads samples of one modality. */
export interface Judge extends AsyncDisposable {
  /** What it finds in each sample, real or generated. */
  read(samples: readonly unknown[]): Promise<readonly Seen[]>;
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
    case "image": {
      const reader = await openImageReader({ device });
      return judge(reader, async (pictures: Tensor[]) => {
        const readings = await reader.read(stacked(pictures));
        return readings.map((reading, i) => ({ ...reading, color: readColor(pictures[i]!).color }));
      });
    }
    case "video": {
      const reader = await openVideoReader({ device });
      return judge(reader, async (clips: Tensor[]) => [...await reader.read(clips)]);
    }
    case "audio": {
      const reader = await openAudioReader({ device });
      return judge(reader, async (sounds: Tensor[]) => await reader.read(sounds));
    }
    case "text":
      return judge({ [Symbol.asyncDispose]: () => Promise.resolve() }, (sentences: string[]) => {
        const factors = sentences.map((sentence): Seen => {
          const said: CaptionFactors | undefined = parseCaption(sentence);
          return { ...said, parses: said !== undefined };
        });
        return Promise.resolve(factors);
      });
    default:
      throw new RangeError(`Cannot judge "${name}": the band reads text, image, video and audio`);
  }
}

function judge<Sample>(
  reader: AsyncDisposable,
  read: (samples: Sample[]) => Promise<readonly object[]>,
): Judge {
  return {
    read: async (samples) => await read(samples as Sample[]) as readonly Seen[],
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
