/** Four modalities small enough to go through the whole method in a test. */

import { join, toFileUrl } from "@std/path";
import { bandDataset, openArt, type SceneOptions } from "@codi/band";
import { alignAudio, type AudioConfig, autoencodeAudio, denoiseAudio } from "@codi/audio/training";
import { createAudio } from "@codi/audio";
import type { Modality, PartName } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import {
  type Dataset,
  type JoinEdge,
  joinObjective,
  type Objective,
  type OptimizerOptions,
  type PartPath,
  runObjective,
} from "@codi/core/training";
import { createImage } from "@codi/image";
import {
  autoencodeImage,
  denoiseImage,
  embedPicture,
  type ImageConfig,
} from "@codi/image/training";
import { createText } from "@codi/text";
import { alignText, autoencodeText, denoiseText, type TextConfig } from "@codi/text/training";
import { createVideo } from "@codi/video";
import {
  alignVideo,
  autoencodeVideo,
  denoiseVideoTemporal,
  type VideoConfig,
} from "@codi/video/training";

/** What the small model knows. */
export const SMALL_SCENES = {
  things: ["guitar", "bell"],
  styles: ["noto", "twemoji"],
  colors: ["red", "green", "blue"],
} as const satisfies SceneOptions;

const SIZE = 512;

const textConfig: TextConfig = {
  wordWidth: 32,
  width: 32,
  blocks: 1,
  sentences: {
    latentChannels: 16,
    autoencoder: { wordWidth: 32, width: 64, encoderBlocks: 1, decoderBlocks: 1, memoryTokens: 2 },
    diffusion: {
      widths: [96],
      depth: 1,
      tokens: 2,
      heads: 2,
      timeWidth: 32,
      contextTokens: 2,
      contextWidth: 32,
    },
  },
};
const imageConfig: ImageConfig = {
  latentSide: 8,
  latentChannels: 4,
  autoencoder: { width: 32, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 16 },
  promptWidths: [16, 24, 32],
  unet: {
    widths: [48],
    attention: [true],
    depth: 1,
    patch: 1,
    heads: 4,
    timeWidth: 64,
    contextTokens: 4,
    contextWidth: 32,
  },
};
const videoConfig: VideoConfig = {
  latentSide: imageConfig.latentSide,
  latentChannels: imageConfig.latentChannels,
  autoencoder: imageConfig.autoencoder,
  prompt: { widths: [16, 24, 32], motionWidth: 16, motionBlocks: 1 },
  unet: imageConfig.unet,
  temporal: { width: 32, heads: 4, shiftWidth: 24, conditionWidth: 16 },
};
const audioConfig: AudioConfig = {
  latentChannels: 4,
  autoencoder: { width: 24, encoderBlocks: 1, decoderBlocks: 1, fineWidth: 8 },
  promptEncoder: { widths: [16, 24], tokenWidth: 32, blocks: 1, heads: 4 },
  unet: { ...imageConfig.unet, patch: 2, position: true },
  vocoder: { width: 8, blocks: 1, expansion: 2 },
};

/** The file of a part in a folder. */
export const partFile = (directory: string, part: PartPath): string =>
  join(directory, `${part.replace("/", ".")}.safetensors`);

/** The four modalities. */
export interface SmallModalities {
  readonly text: Modality<"text", string>;
  readonly image: Modality<"image", Tensor>;
  readonly audio: Modality<"audio", Tensor>;
  readonly video: Modality<"video", Tensor>;
}

/** The four modalities with weights in a folder. */
export function smallModalities(directory: string): SmallModalities {
  const weights = (name: string, parts: readonly PartName[]) =>
    Object.fromEntries(parts.map((part) => [
      part,
      toFileUrl(partFile(directory, `${name}/${part}`)),
    ]));
  const parts = ["promptEncoder", "autoencoder", "diffusion", "environment"] as const;
  return {
    text: createText(textConfig, weights("text", parts)),
    image: createImage(imageConfig, weights("image", parts)),
    audio: createAudio(audioConfig, weights("audio", parts)),
    video: createVideo(videoConfig, weights("video", parts)),
  };
}

/** The small model's share of the band; samples are drawn once. */
export async function smallDataset(): Promise<Dataset> {
  const art = await openArt({ things: SMALL_SCENES.things, styles: SMALL_SCENES.styles });
  const band = bandDataset(art, { ...SMALL_SCENES, size: SIZE });
  const drawn = new Map<string, Promise<unknown>>();
  return {
    ...band,
    sample: (modality, split, index) => {
      const key = `${modality} ${split} ${index}`;
      if (!drawn.has(key)) drawn.set(key, band.sample(modality, split, index));
      return drawn.get(key)!;
    },
  };
}

/** A stage of training, and its settings here. */
export interface SmallStage {
  readonly objective: Objective;
  readonly options: OptimizerOptions;
}

const stage = (objective: Objective, steps: number, learningRate: number): SmallStage => ({
  objective,
  options: { steps, learningRate, warmup: 20, averageDecay: 0.98 },
});

/** All stages but the joint one. */
export function smallStages(directory: string): SmallStage[] {
  const { text, image, audio, video } = smallModalities(directory);
  return [
    stage(autoencodeImage(imageConfig), 250, 4e-3),
    stage(autoencodeAudio(audioConfig), 120, 4e-3),
    stage(alignText({ modality: image, embed: embedPicture(imageConfig) }, textConfig), 120, 3e-3),
    stage(autoencodeText(textConfig), 300, 4e-3),
    stage(denoiseImage(text, imageConfig), 400, 4e-3),
    stage(autoencodeVideo(videoConfig), 60, 1e-3),
    stage(alignAudio(text, audioConfig), 100, 3e-3),
    stage(alignVideo(text, videoConfig), 60, 3e-3),
    stage(denoiseAudio(text, audioConfig), 100, 4e-3),
    stage(denoiseVideoTemporal(text, videoConfig), 300, 4e-3),
    stage(denoiseText([image, video, audio], textConfig), 300, 3e-3),
  ];
}

/** Joint training over the whole join graph, both ways along every edge. */
export function joinStage(directory: string, steps: number): SmallStage {
  const edges: readonly JoinEdge[] = [
    { listener: "video", partner: "audio", batch: 8 },
    { listener: "audio", partner: "video", batch: 8 },
    { listener: "text", partner: "image", batch: 32 },
    { listener: "image", partner: "text", batch: 32 },
    { listener: "video", partner: "image", batch: 8 },
    { listener: "image", partner: "video", batch: 8 },
    { listener: "audio", partner: "text", batch: 32 },
    { listener: "text", partner: "audio", batch: 32 },
  ];
  const train = { text: 64, image: 64, audio: 64, video: 64 };
  const modalities = Object.values(smallModalities(directory));
  const objective = joinObjective({
    modalities,
    edges,
    scenes: { train, test: 8 },
    options: { steps },
  });
  return stage(objective, steps, 3e-3);
}

/** What a stage did. */
export interface StageReport {
  /** The objective's name. */
  readonly name: string;
  /** The loss, first of one step, then as means of twenty. */
  readonly losses: readonly number[];
  /** Whether it began with the weights of another part. */
  readonly continues: boolean;
}

/** Trains stages, two at a time, each as soon as the parts that it reads are there. */
export async function trainStages(
  directory: string,
  dataset: Dataset,
  stages: readonly SmallStage[],
  onStage: (report: StageReport) => void = () => {},
): Promise<void> {
  await using device = openDevice({ threads: 1 });
  const run = async ({ objective, options }: SmallStage) => {
    const losses: number[] = [];
    const { files } = await runObjective(objective, {
      ...options,
      dataset,
      device,
      session: { threads: 1 },
      locate: (part) => partFile(directory, part),
      directory: join(directory, objective.name.replaceAll(/\W+/g, "-")),
      now: () => performance.now(),
      logEvery: 20,
      onEvent: ({ metrics }) => losses.push(metrics["loss"]!),
    });
    for (const [part, path] of Object.entries(files)) {
      await Deno.copyFile(path, partFile(directory, part as PartPath));
    }
    const continues = objective.startsFrom !== undefined;
    onStage({ name: objective.name, losses, continues });
  };
  const waiting = [...stages];
  const running = new Map<SmallStage, Promise<SmallStage>>();
  while (waiting.length + running.size > 0) {
    const missing = [...waiting, ...running.keys()].flatMap(({ objective }) => objective.trains);
    const isReady = ({ objective: { freezes, startsFrom } }: SmallStage) =>
      [...freezes, startsFrom].every((part) => part === undefined || !missing.includes(part));
    const next = waiting.find(isReady);
    if (next !== undefined && running.size < 2) {
      waiting.splice(waiting.indexOf(next), 1);
      running.set(next, run(next).then(() => next));
    } else {
      running.delete(await Promise.race(running.values()));
    }
  }
}
