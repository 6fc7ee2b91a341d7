/**
 * Trains joint generation of the small model in several ways, makes samples and prints what readers find
 * in them, as JSON: what `deno task eval retrained` measures. All that variants share is trained once.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { captionWithFactors, scene } from "@codi/band";
import { openAudioReader, openVideoReader } from "@codi/band/readers";
import { load } from "@codi/core";
import { add, mean, mul } from "@codi/core/graph";
import type { AnyModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import { type Dataset, type JoinEdge, joinObjective, type PartPath } from "@codi/core/training";
import { join } from "@std/path";
import { z } from "zod";
import {
  partFile,
  SMALL_SCENES,
  smallDataset,
  smallModalities,
  smallStages,
  trainStages,
} from "./_small_model.ts";
import { meanFrame, squaredDistance } from "./_small_readings.ts";

/** What is asked for, as JSON in the first argument. */
const ASKED = z.object({
  /** Where the weights are kept that all variants share. */
  directory: z.string(),
  variant: z.enum(["full method", "equal timesteps only", "globals without slots"]),
  /** The share of the usual number of steps that everything before joining takes. */
  share: z.number().positive(),
  /** Steps of joint training. */
  steps: z.number().int().positive(),
  /** How many samples. */
  samples: z.number().int().positive(),
});

/** The pairs that carry drawing style and rhythm. */
const EDGES: readonly JoinEdge[] = [
  { listener: "video", partner: "audio", batch: 8 },
  { listener: "audio", partner: "video", batch: 16 },
  { listener: "video", partner: "image", batch: 8 },
  { listener: "image", partner: "video", batch: 16 },
];
const NAMES = ["text", "image", "video", "audio"] as const;
const SHARED = ["promptEncoder", "autoencoder", "diffusion"] as const;
/** Samples made side by side, and real pictures that styles are compared with. */
const [BATCH, KNOWN] = [8, 256] as const;
/** Threads: one, so that figures hang on no machine's number of cores. */
const session = { threads: 1 } as const;

/** What is shared, trained unless it is there. */
async function trainShared(directory: string, dataset: Dataset, share: number): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const stages = smallStages(directory).map(({ objective, options }) => ({
    objective,
    options: { ...options, steps: Math.max(2, Math.round(share * options.steps)) },
  }));
  const there = new Set<string>();
  for await (const { name } of Deno.readDir(directory)) there.add(join(directory, name));
  const missing = stages.filter(({ objective }) =>
    !objective.trains.every((part) => there.has(partFile(directory, part)))
  );
  await trainStages(directory, dataset, missing);
}

/** A modality whose environment has no slots. Their weights are kept, and count nothing. */
function withoutSlots<M extends AnyModality>(modality: M): M {
  const environment = modality.environment!;
  const { encoder } = environment;
  return {
    ...modality,
    environment: {
      ...environment,
      timed: false,
      encoder: {
        ...encoder,
        trace: (scope, inputs) => {
          const { global, slots } = encoder.trace(scope, inputs);
          return { global: slots ? add(global!, mul(mean(slots, [1]), 0)) : global! };
        },
      },
    },
  };
}

/** Reads the style off the real sample that a picture, or a clip's mean frame, is nearest to. */
async function styleReader(dataset: Dataset, name: "image" | "video") {
  const look = (sample: Tensor) => (name === "video" ? meanFrame(sample) : sample).data;
  const known = await Promise.all(Array.from({ length: KNOWN }, async (_, index) => ({
    seen: look(await dataset.sample(name, "train", index) as Tensor),
    style: scene("train", index, SMALL_SCENES).style,
  })));
  return (sample: Tensor): string => {
    const seen = look(sample);
    const apart = known.map((one) => squaredDistance(seen, one.seen));
    return known[apart.indexOf(Math.min(...apart))]!.style;
  };
}

async function run(asked: z.infer<typeof ASKED>): Promise<unknown> {
  const { directory, variant, share, steps, samples } = asked;
  const dataset = await smallDataset();
  await trainShared(directory, dataset, share);
  const own = await Deno.makeTempDir({ prefix: "codi-retrained-" });
  try {
    for (const part of NAMES.flatMap((name) => SHARED.map((part): PartPath => `${name}/${part}`))) {
      await Deno.copyFile(partFile(directory, part), partFile(own, part));
    }
    const change = variant === "globals without slots"
      ? withoutSlots
      : <M extends AnyModality>(modality: M): M => modality;
    const { text, image, video, audio } = smallModalities(own);
    const modalities = [change(text), change(image), change(video), change(audio)] as const;
    const objective = joinObjective({
      modalities,
      edges: EDGES,
      equalTimesteps: variant === "equal timesteps only",
      scenes: { train: { image: 512, video: 512, audio: 512 }, test: 8 },
      options: { steps },
    });
    const options = { steps, learningRate: 3e-3, warmup: 20, averageDecay: 0.98 };
    await trainStages(own, dataset, [{ objective, options }]);

    await using codi = await load(modalities, { session });
    await using device = openDevice(session);
    await using clips = await openVideoReader({ device });
    await using sounds = await openAudioReader({ device });
    const styles = {
      image: await styleReader(dataset, "image"),
      video: await styleReader(dataset, "video"),
    };
    /** What is prompted, made and read of each sample, as it is and with environments switched off. */
    const measured = async (
      mention: readonly ("thing" | "color" | "count")[],
      to: readonly ("image" | "video" | "audio")[],
      environment: number | undefined,
      read: (made: Readonly<Record<string, Tensor>>[]) => Promise<unknown[]>,
    ) => {
      const all: unknown[] = [];
      for (let first = 0; first < samples; first += BATCH) {
        const numbers = Array.from(
          { length: Math.min(BATCH, samples - first) },
          (_, i) => first + i,
        );
        const made = await codi.generateBatch({
          prompts: [],
          samples: numbers.map((number) => ({
            number,
            prompts: [text.prompt(
              captionWithFactors(scene("test", number, SMALL_SCENES), { mention }).text,
            )],
          })),
          to,
          steps: 10,
          ...(environment === undefined ? {} : { environment }),
        });
        all.push(...await read(made as unknown as Readonly<Record<string, Tensor>>[]));
      }
      return all;
    };
    const rhythm = async (made: Readonly<Record<string, Tensor>>[]) => {
      const heard = await sounds.read(made.map(({ audio }) => audio!));
      const seen = await clips.read(made.map(({ video }) => video!));
      return heard.map(({ slots }, i) => [slots, seen[i]!.slots]);
    };
    const style = (made: Readonly<Record<string, Tensor>>[]) =>
      Promise.resolve(
        made.map(({ image, video }) => [styles.image(image!), styles.video(video!)]),
      );
    const both = async (environment: number | undefined) => ({
      rhythm: await measured(["thing", "count"], ["audio", "video"], environment, rhythm),
      style: await measured(["thing", "color"], ["image", "video"], environment, style),
    });
    return {
      prompts: Array.from({ length: samples }, (_, number) => {
        const { thing, color, count } = scene("test", number, SMALL_SCENES);
        return { thing, color, count };
      }),
      joint: await both(undefined),
      apart: await both(0),
    };
  } finally {
    await Deno.remove(own, { recursive: true });
  }
}

if (import.meta.main) {
  const asked = ASKED.parse(JSON.parse(Deno.args[0] ?? "{}"));
  console.log(JSON.stringify(await run({ ...asked, directory: join(asked.directory) })));
}
