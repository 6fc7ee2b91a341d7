import { COLOR_NAMES, type Scene, scene, STYLES, THING_NAMES } from "@codi/band";
import { noise, noiseLevel } from "@codi/core/diffusion";
import { SLOTS } from "@codi/core/environment";
import { type AnyModality, scheduleOf } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type Bench, inPieces, type Measurement, openPart } from "./bench.ts";
import { percentText, shareText } from "./figures.ts";
import { trainProbe } from "./linear_probe.ts";
import type { Row } from "./row.ts";
import { type Share, shareOf } from "./statistics.ts";

/** What a probe reads of an environment, and how often it is right. */
export interface ProbeFigures {
  /** The modality whose environment encoder is probed. */
  readonly modality: string;
  /** A factor, read from the global token, or `strokes`, read from the slots. */
  readonly factor: string;
  /** The timestep of the noise. */
  readonly timestep: number;
  /** Scenes read right; of strokes, slots with a stroke that are found. */
  readonly read: Share;
  /** Of strokes: slots said to hold one that do. */
  readonly precision?: Share;
  /** What the best constant answer gives; of strokes, what saying always one does to precision. */
  readonly chance: number;
}

/** How much {@linkcode measureEnvironments} takes. */
export interface EnvironmentProbeOptions {
  /** Training scenes that the probes learn from. */
  readonly train: number;
  /** Held-out scenes that they are tested on. */
  readonly test: number;
  /** The timesteps of the noise. */
  readonly timesteps: readonly number[];
}

/** Factors that a global token may carry, by modality. */
const FACTORS: Readonly<Record<string, readonly (keyof typeof VALUES)[]>> = {
  text: ["thing", "color"],
  image: ["thing", "color", "style"],
  video: ["thing", "color", "style"],
  audio: ["thing"],
};

const VALUES = {
  thing: THING_NAMES,
  color: COLOR_NAMES,
  style: STYLES.map(({ name }) => name),
} as const;

/**
 * Reads what environment encoders say of noisy latents by linear probes: drawing style and other factors
 * from globals, strokes from slots.
 *
 * @param bench What it works with.
 * @param options How many scenes, and how noisy.
 * @returns The figures; none for modalities whose environment is not trained.
 */
export async function measureEnvironments(
  bench: Bench & { readonly joined: readonly string[] },
  options: EnvironmentProbeOptions,
): Promise<Measurement<readonly ProbeFigures[]>> {
  const figures: ProbeFigures[] = [];
  for (const modality of bench.modalities) {
    const { name } = modality;
    if (!bench.joined.includes(name) || FACTORS[name] === undefined) continue;
    const known = await encode(bench, modality, "train", options.train);
    const asked = await encode(bench, modality, "held-out", options.test);
    for (const timestep of options.timesteps) {
      const train = await known.at(timestep);
      const test = await asked.at(timestep);
      for (const factor of FACTORS[name]) {
        const values: readonly string[] = VALUES[factor];
        const labels = (scenes: readonly Scene[]) =>
          scenes.map((one) => values.indexOf(one[factor]));
        const probe = trainProbe(train.global, labels(known.scenes), { classes: values.length });
        const wanted = labels(asked.scenes);
        const right = probe.predict(test.global).filter((value, i) => value === wanted[i]).length;
        const most = [...Map.groupBy(wanted, (value) => value).values()]
          .reduce((longest, { length }) => Math.max(longest, length), 0);
        figures.push({
          modality: name,
          factor,
          timestep,
          read: shareOf(right, wanted.length),
          chance: most / wanted.length,
        });
      }
      if (train.slots === undefined) continue;
      const strokes = (scenes: readonly Scene[]) =>
        scenes.flatMap(({ rhythm }) =>
          Array.from({ length: SLOTS }, (_, slot) => rhythm.includes(slot) ? 1 : 0)
        );
      const probe = trainProbe(train.slots, strokes(known.scenes), { classes: 2, epochs: 4 });
      const said = probe.predict(test.slots!);
      const held = strokes(asked.scenes);
      const hits = said.filter((value, i) => value === 1 && held[i] === 1).length;
      const count = (values: readonly number[]) => values.filter((value) => value === 1).length;
      figures.push({
        modality: name,
        factor: "strokes",
        timestep,
        read: shareOf(hits, count(held)),
        precision: shareOf(hits, count(said)),
        chance: count(held) / held.length,
      });
    }
  }
  return { figures, rows: figures.map(rowOf) };
}

function rowOf({ modality, factor, timestep, read, precision, chance }: ProbeFigures): Row {
  const where = factor === "strokes" ? "slots" : "global";
  const found = precision === undefined ? "" : ` found; ${shareText(precision)} of those said`;
  return {
    name: `${factor} from the ${where} of ${modality}, timestep ${timestep}`,
    value: `${shareText(read)}${found}`,
    beside: { chance: percentText(chance) },
  };
}

/** What an environment encoder says, at one timestep. */
interface Said {
  /** [scenes, width]. */
  readonly global: Tensor;
  /** [scenes · SLOTS, width]. */
  readonly slots?: Tensor;
}

/** Clean latents of scenes, and what the encoder says of them with noise. */
async function encode(
  bench: Bench,
  modality: AnyModality,
  split: "train" | "held-out",
  count: number,
): Promise<{ readonly scenes: readonly Scene[]; at(timestep: number): Promise<Said> }> {
  const { device, dataset } = bench;
  const { name, autoencoder, environment, diffusion } = modality;
  const scenes = Array.from({ length: count }, (_, index) => scene(split, index));
  const encoder = await openPart(modality, "autoencoder", autoencoder!.encoder, device);
  const dataSplit = split === "train" ? "train" : "test";
  const latents = await inPieces(bench, scenes, 32, async (piece, first) => {
    const samples = await Promise.all(
      piece.map((_, i) =>
        modality.bridge
          ? dataset.caption(dataSplit, first + i, 0, true).text // else a colour is not there to be read
          : dataset.sample(name, dataSplit, first + i)
      ),
    );
    const { latent } = await encoder.run(autoencoder!.feeds(samples));
    return rowsOf(latent!);
  });
  const speaker = await openPart(modality, "environment", environment!.encoder, device);
  const schedule = scheduleOf(diffusion!);
  return {
    scenes,
    at: async (timestep) => {
      const { alpha, sigma } = noiseLevel(schedule, timestep);
      const said = await inPieces(bench, latents, 32, async (piece, first) => {
        const shape = [piece.length, ...autoencoder!.latentShape];
        const z = noise(shape, { seed: timestep, name: `probe ${split} ${name}`, samples: first });
        const size = piece[0]!.length;
        piece.forEach((latent, i) =>
          latent.forEach((value, j) => {
            z.data[i * size + j] = alpha * value + sigma * z.data[i * size + j]!;
          })
        );
        const times = tensor([piece.length], new Float32Array(piece.length).fill(timestep));
        const { global, slots } = await speaker.run({ z, timestep: times });
        const ofSlots = slots && rowsOf(slots);
        return rowsOf(global!).map((one, i) => ({ global: one, slots: ofSlots?.[i] }));
      });
      const joined = (rows: readonly Float32Array[], perRow: number) => {
        const width = rows[0]!.length / perRow;
        const all = tensor([rows.length * perRow, width]);
        rows.forEach((row, i) => all.data.set(row, i * row.length));
        return all;
      };
      const slots = said.flatMap((one) => one.slots === undefined ? [] : [one.slots]);
      return {
        global: joined(said.map(({ global }) => global), 1),
        ...(slots.length > 0 && { slots: joined(slots, SLOTS) }),
      };
    },
  };
}

/** The rows of a batch. */
function rowsOf({ shape, data }: Tensor): Float32Array[] {
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => data.slice(i * size, (i + 1) * size));
}
