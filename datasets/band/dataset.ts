import type { CaptionSample, Dataset, DatasetSplit } from "@codi/core/training";
import { random } from "@codi/core/random";
import type { Art } from "./art.ts";
import { captionWithFactors } from "./caption.ts";
import { COLOR_NAMES } from "./colors.ts";
import {
  type CaptionFactors,
  FACTOR_NAMES,
  type FactorName,
  factorsOf,
  mentionOf,
} from "./factors.ts";
import { CONTOURS } from "./held_out.ts";
import { captionWords } from "./parse_caption.ts";
import { STROKE_COUNTS } from "./rhythms.ts";
import { REGISTERS, type Scene, scene, type SceneOptions } from "./scene.ts";
import { sceneDrawer } from "./scene_drawer.ts";
import { THING_NAMES } from "./things.ts";

/** The factors that each modality shows. */
export const SHOWN_FACTORS: Readonly<Record<string, readonly FactorName[]>> = {
  text: FACTOR_NAMES,
  image: ["thing", "color"],
  video: ["thing", "color", "count", "contour"],
  audio: ["thing", "count", "contour", "register"],
  score: ["thing", "count", "contour", "register"],
};

const VALUES: Readonly<Record<FactorName, readonly unknown[]>> = {
  thing: THING_NAMES,
  color: COLOR_NAMES,
  count: STROKE_COUNTS,
  contour: CONTOURS,
  register: REGISTERS,
};

/** Options of {@linkcode bandDataset}. */
export interface BandDatasetOptions extends SceneOptions {
  /**
   * How many scenes each split has.
   *
   * @default {Infinity}
   */
  readonly size?: number;
}

/** How many scenes are kept. */
const RECENT_SCENES = 1024;

/** A caption with its factors. */
interface BandCaption extends CaptionSample {
  readonly factors: CaptionFactors;
}

/** What a caption says: one place for each value of each factor, 1 where it is mentioned. */
function contentOf(factors: CaptionFactors): Float32Array {
  return Float32Array.from(
    FACTOR_NAMES.flatMap((name) => VALUES[name].map((value) => (factors[name] === value ? 1 : 0))),
  );
}

/**
 * The band as a training data set. `train` never shows a held-out combination; `test` shows nothing
 * else.
 *
 * @param art The drawings.
 * @param options Restrictions of the scenes.
 */
export function bandDataset(art: Art, options: BandDatasetOptions = {}): Dataset {
  // A batch asks for the same few scenes over and over.
  const recent = new Map<string, Scene>();
  const sceneOf = (split: DatasetSplit, index: number): Scene => {
    const key = `${split} ${index}`;
    let found = recent.get(key);
    if (found === undefined) {
      if (recent.size >= RECENT_SCENES) recent.clear();
      found = scene(split === "train" ? "train" : "held-out", index, options);
      recent.set(key, found);
    }
    return found;
  };
  const toCaption = (text: string, factors: CaptionFactors): BandCaption => ({
    text,
    factors,
    content: contentOf(factors),
    key: FACTOR_NAMES.map((name) => factors[name] ?? "-").join(" "),
  });
  const drawer = sceneDrawer(art);
  return {
    name: "band",
    bridge: "text",
    modalities: drawer.modalities,
    size: () => options.size ?? Infinity,
    contentLength: FACTOR_NAMES.reduce((total, name) => total + VALUES[name].length, 0),
    vocabulary: captionWords(),
    caption: (split, index, wording, whole = false) => {
      const mention = whole ? FACTOR_NAMES : undefined;
      const { text, factors } = captionWithFactors(sceneOf(split, index), { wording, mention });
      return toCaption(text, factors);
    },
    paraphrases: (split, index, wording) => {
      const source = sceneOf(split, index);
      const first = captionWithFactors(source, { wording });
      const second = captionWithFactors(source, {
        wording: 1_000_000 + random("paraphrase", index, wording).integer(1_000_000),
        mention: mentionOf(first.factors),
      });
      return [toCaption(first.text, first.factors), toCaption(second.text, second.factors)];
    },
    describes: (caption, modality, split, index) => {
      const said = (caption as BandCaption).factors;
      const shown = factorsOf(sceneOf(split, index));
      return SHOWN_FACTORS[modality]!.every((name) =>
        said[name] === undefined || said[name] === shown[name]
      );
    },
    sample: (modality, split, index) => drawer.draw(modality, sceneOf(split, index)),
  };
}
