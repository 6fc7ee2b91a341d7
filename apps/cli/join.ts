import type { AnyModality } from "@codi/core/modality";
import { type JoinEdge, joinObjective, type Objective } from "@codi/core/training";

/**
 * The join graph of the bundled modalities, text–image, audio–text, video–audio and video–image: a factor
 * is agreed on where a path of edges carries it. What is hard to learn, rhythm and drawing style, has
 * more turns.
 */
const EDGES: readonly JoinEdge[] = [
  { listener: "video", partner: "audio", batch: 8 },
  { listener: "image", partner: "video", batch: 32, foretell: true },
  { listener: "audio", partner: "video", batch: 32 },
  { listener: "video", partner: "image", batch: 8 },
  { listener: "image", partner: "video", batch: 32, foretell: true },
  { listener: "text", partner: "image", batch: 128 },
  { listener: "video", partner: "audio", batch: 8 },
  { listener: "audio", partner: "video", batch: 32 },
  { listener: "image", partner: "video", batch: 32, foretell: true },
  { listener: "image", partner: "text", batch: 32 },
  { listener: "video", partner: "image", batch: 8 },
  { listener: "video", partner: "audio", batch: 8 },
  { listener: "image", partner: "video", batch: 32, foretell: true },
  { listener: "audio", partner: "text", batch: 32 },
  { listener: "audio", partner: "video", batch: 32 },
  { listener: "text", partner: "audio", batch: 128 },
];

/** Scenes that are encoded before training. */
const SCENES = {
  train: { text: 24576, image: 24576, audio: 24576, video: 6144 },
  test: 64,
} as const;

/**
 * Joint training of the bundled modalities that are installed.
 *
 * @param modalities The installed modalities.
 * @returns The objective; undefined if no two of them share an edge, or the bridge is missing.
 */
export function joinBundled(modalities: readonly AnyModality[]): Objective | undefined {
  const able = (name: string) =>
    modalities.some((modality) => modality.name === name && modality.environment);
  const edges = EDGES.filter(({ listener, partner }) => able(listener) && able(partner));
  if (edges.length === 0 || !modalities.some(({ bridge }) => bridge)) return undefined;
  return joinObjective({
    modalities,
    edges,
    scenes: SCENES,
    alignment: { steps: 1200, batch: 64, alike: 16 },
    options: { steps: 6000, learningRate: 2e-3, warmup: 100, averageDecay: 0.995 },
  });
}
