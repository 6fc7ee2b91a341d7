import {
  abs,
  add,
  addAll,
  div,
  log,
  mean,
  mul,
  sqrt,
  square,
  sub,
  sum,
  type Value,
} from "@codi/core/graph";
import type { Scope } from "@codi/core/nn";
import type { TracedLoss } from "@codi/core/training";
import { type GraphSpectrum, signalOf, spectrumOf } from "./_fourier_graph.ts";
import { HOP } from "./_stft.ts";
import type { AudioConfig } from "./config.ts";
import { logBands } from "./mel.ts";
import { vocodedSpectrum } from "./vocoder.ts";

/** Hops of the spectrograms that are compared; their windows are four times as long. */
const HOPS = [HOP, 100, 40] as const;
/** Added to magnitudes before the logarithm: 70 dB below a sine of amplitude 1. */
const FLOOR = 3e-4;
/**
 * How much each term counts. At the start the difference with phases is some five times as large as the
 * logarithms, and silence would be nearer to it than any sound of other phases.
 */
export const LOSS_WEIGHTS = { convergence: 1, logarithm: 3, difference: 0.25, mel: 3 } as const;

function magnitude({ real, imaginary }: GraphSpectrum): Value {
  return sqrt(add(add(square(real), square(imaginary)), 1e-9));
}

/** Sums over all but the batch. */
function perSample(x: Value): Value {
  return sum(x, [1, 2]);
}

/**
 * The loss of the vocoder: magnitudes of spectrograms of several resolutions, by relative size and by
 * logarithm (Yamamoto et al., 2020, equations 4 to 6); the logarithms in the bands that were given,
 * which is what readers hear first; and the difference of complex spectrograms, for the phases. All
 * recordings of one note are alike, so that phases can be known.
 *
 * @param scope Names the parameters.
 * @param spectrogram Features of the sounds, [batch, 1, 64, frames].
 * @param sound The sounds, [batch, 250 · frames].
 * @param config The sizes.
 * @returns The loss, and its terms.
 */
export function vocoderLoss(
  scope: Scope,
  spectrogram: Value,
  sound: Value,
  config: AudioConfig,
): Required<TracedLoss> {
  const made = signalOf(vocodedSpectrum(scope, spectrogram, config), HOP);
  const convergences: Value[] = [];
  const logarithms: Value[] = [];
  const [differences, mels]: [Value[], Value[]] = [[], []];
  for (const hop of HOPS) {
    const [goal, guess] = [spectrumOf(sound, hop), spectrumOf(made, hop)];
    const [loud, guessed] = [magnitude(goal), magnitude(guess)];
    const energy = add(perSample(square(loud)), 1e-6);
    const off = perSample(square(sub(guessed, loud)));
    convergences.push(mean(sqrt(add(div(off, energy), 1e-6))));
    logarithms.push(mean(abs(sub(log(add(guessed, FLOOR)), log(add(loud, FLOOR))))));
    if (hop === HOP) {
      const apart = addAll([
        perSample(abs(sub(guess.real, goal.real))),
        perSample(abs(sub(guess.imaginary, goal.imaginary))),
      ]);
      differences.push(mean(div(apart, add(perSample(loud), 1e-3))));
      mels.push(mean(abs(sub(logBands(guessed), logBands(loud)))));
    }
  }
  const average = (values: Value[]) => mul(addAll(values), 1 / values.length);
  const metrics = {
    convergence: average(convergences),
    logarithm: average(logarithms),
    difference: average(differences),
    mel: average(mels),
  };
  return {
    loss: addAll(
      Object.entries(LOSS_WEIGHTS).map(([name, weight]) =>
        mul(metrics[name as keyof typeof LOSS_WEIGHTS], weight)
      ),
    ),
    metrics,
  };
}
