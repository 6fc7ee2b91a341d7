import { scene, SHOWN_FACTORS } from "@codi/band";
import { findModality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { openPart } from "../bench.ts";
import {
  estimateText,
  judged,
  missingRows,
  rightShare,
  shortEstimate,
  shortShare,
} from "../figures.ts";
import type { Lab } from "../lab.ts";
import { bootstrap } from "../metrics/bootstrap.ts";
import { logSpectralDistance } from "../metrics/log_spectral_distance.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { meanOf } from "../statistics.ts";
import type { Sampled, SeenSample } from "../trial.ts";

const VOCODERS = ["griffin-lim", "neural"] as const;
const PIECE = 16;

/** Sounds of one vocoder: how far from the originals, and what the reader finds. */
interface Vocoded {
  readonly distances: readonly number[];
  readonly read: readonly Sampled[];
}

/** The trained vocoder against Griffin-Lim, from the same spectrograms. */
export const vocoder: Part = {
  name: "vocoder",
  title: "Sounds from spectrograms",
  about:
    "Real sounds of held-out scenes go through the autoencoder, and each vocoder makes sounds of " +
    "the same decoded spectrograms. The log-spectral distance to the originals is taken over windows of " +
    "32 ms, 60 dB below the loudest; the reader says what is still heard.",
  measures: ({ of }) =>
    Object.fromEntries(
      VOCODERS.flatMap((name) =>
        Array.from({ length: of(8, 1) }, (_, piece): [string, Measure] => [`${name} ${piece}`, {
          options: { name, piece, size: PIECE },
          weights: name === "neural"
            ? ["audio/autoencoder", "audio/renderer"]
            : ["audio/autoencoder"],
          seconds: PIECE * (name === "neural" ? 0.1 : 0.25),
          run: (lab) => vocoded(lab, name, piece),
        }])
      ),
    ),
  report: ({ measured, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const pieces = (name: string) =>
      Object.entries(measured).filter(([key]) => key.replace(/ \d+$/, "") === name)
        .map(([, one]) => one as Vocoded);
    const figures = VOCODERS.flatMap((name) => {
      const some = pieces(name);
      if (some.length === 0) return [];
      const distances = some.flatMap(({ distances }) => distances);
      const distance = bootstrap(distances, meanOf);
      const read = some.flatMap(({ read }) => read);
      const right = Object.fromEntries(
        SHOWN_FACTORS["audio"]!.map((factor) => [factor, rightShare(read, "audio", factor)]),
      );
      counts[name] = { distance, right };
      return [{ name, distance, right, distances }];
    });
    const [baseline, neural] = VOCODERS.map((name) => figures.find((one) => one.name === name));
    // The same sounds in the same order, as far as both were measured.
    const pairs = (neural?.distances ?? []).flatMap((one, i) => {
      const other = baseline?.distances[i];
      return other === undefined ? [] : [other - one];
    });
    const nearer = bootstrap(pairs, meanOf);
    counts["neural nearer by"] = nearer;
    const rows = figures.map(({ name, distance, right }): Row => ({
      name: `${name}: log-spectral distance, dB`,
      value: estimateText(distance),
      beside: {
        ...(name === "neural" ? { "nearer, paired": shortEstimate(nearer) } : {}),
        ...Object.fromEntries(
          Object.entries(right).map(([factor, share]) => [factor, shortShare(share)]),
        ),
      },
      ...(name === "neural" && baseline !== undefined
        ? judged(
          distance.value,
          { first: baseline.distance.value, goal: baseline.distance.value },
          {
            lower: true,
            text: (value) => `${value.toFixed(2)} dB`,
            cause: "the vocoder was trained for a short time",
          },
        )
        : {}),
    }));
    const untrained = Object.keys(missing).length > 0 ? { neural: Object.values(missing)[0]! } : {};
    return { rows: [...rows, ...missingRows(untrained)], counts };
  },
};

async function vocoded(lab: Lab, name: string, piece: number): Promise<Vocoded> {
  const audio = findModality(lab.modalities, "audio");
  const numbers = Array.from({ length: PIECE }, (_, i) => piece * PIECE + i);
  const sounds = await Promise.all(
    numbers.map(async (index) => await lab.draw("audio", scene("held-out", index)) as Tensor),
  );
  const { encoder, feeds } = audio.autoencoder!;
  const encoding = await openPart(audio, "autoencoder", encoder, lab.device);
  const { latent } = await encoding.run(feeds(sounds));
  const codi = await lab.codi();
  const copies = await codi.decode("audio", latent!, { settings: { vocoder: name } }) as Tensor[];
  const judge = await lab.judge("audio");
  const read = await judge.read(copies);
  return {
    distances: copies.map(({ data }, i) => logSpectralDistance(sounds[i]!.data, data)),
    read: read.map((seen, i): Sampled => ({
      seed: 0,
      index: numbers[i]!,
      split: "held-out",
      from: [],
      seen: { audio: { ...seen, features: "", embedding: "" } as SeenSample },
    })),
  };
}
