import {
  add,
  addAll,
  clamp,
  concat,
  constant,
  exp,
  gelu,
  matmul,
  mul,
  pad,
  reshape,
  slice,
  split,
  transpose,
  type Value,
} from "@codi/core/graph";
import type { Network } from "@codi/core/modality";
import { linear, normalizeLayer, type Scope } from "@codi/core/nn";
import { binsOf, type GraphSpectrum, signalOf } from "./_fourier_graph.ts";
import { HOP } from "./_stft.ts";
import type { AudioConfig } from "./config.ts";
import { fromLogMel, MEL_BANDS, MEL_SHAPE, melEnvelope } from "./mel.ts";

/** Frames that a residual block reads at once. */
const KERNEL = 7;
/** What the networks may make of the envelope's magnitudes at most: a factor of e to this power. */
const LARGEST_GAIN = 4;

/** The tokens and their neighbours: [batch, frames, width] at each offset, zeros beyond the ends. */
function neighbours(tokens: Value): Value[] {
  const frames = tokens.shape[1]!;
  const half = (KERNEL - 1) / 2;
  const padded = pad(tokens, 1, half, half);
  return Array.from({ length: KERNEL }, (_, tap) => slice(padded, 1, tap, tap + frames));
}

/** A ConvNeXt block over frames (Liu et al., 2022, figure 4): it starts as the identity. */
function block(scope: Scope, tokens: Value, expansion: number): Value {
  const width = tokens.shape[2]!;
  const taps = scope.at("depthwise").parameter("weight", [KERNEL, width], {
    deviation: 1 / Math.sqrt(KERNEL),
  });
  const mixed = addAll(
    neighbours(tokens).map((shifted, tap) => mul(shifted, slice(taps, 0, tap, tap + 1))),
  );
  const hidden = linear(scope.at("in"), normalizeLayer(scope.at("norm"), mixed), expansion * width);
  return add(tokens, linear(scope.at("out"), gelu(hidden), width, { init: "zeros" }));
}

/**
 * The complex spectrogram of sounds from their features, frame by frame: a factor for every frequency
 * of a smooth envelope that the features themselves give.
 *
 * @param scope Names the parameters.
 * @param spectrogram [batch, 1, 64, frames].
 * @param config The sizes.
 * @returns [batch, frames, 501] each.
 */
export function vocodedSpectrum(
  scope: Scope,
  spectrogram: Value,
  config: AudioConfig,
): GraphSpectrum {
  const { width, blocks, expansion } = config.vocoder;
  const [batch, , , frames] = spectrogram.shape as [number, number, number, number];
  const bands = transpose(reshape(spectrogram, [batch, MEL_BANDS, frames]), [0, 2, 1]);
  let tokens = linear(scope.at("in"), concat(neighbours(bands), 2), width);
  for (let index = 0; index < blocks; index++) {
    tokens = block(scope.at("block").at(index), tokens, expansion);
  }
  const bins = binsOf(HOP);
  const head = linear(scope.at("out"), normalizeLayer(scope.at("norm"), tokens), 3 * bins);
  const [gain, real, imaginary] = split(head, [bins, bins, bins], 2);
  const envelope = melEnvelope(bins, 4 * HOP);
  const base = matmul(
    reshape(fromLogMel(bands), [batch * frames, MEL_BANDS]),
    constant(envelope, [MEL_BANDS, bins]),
  );
  const magnitude = mul(
    reshape(base, [batch, frames, bins]),
    exp(clamp(gain!, -2 * LARGEST_GAIN, LARGEST_GAIN)),
  );
  return { real: mul(magnitude, real!), imaginary: mul(magnitude, imaginary!) };
}

/**
 * The neural vocoder, after Vocos (Siuzdak, 2024): features → complex spectrogram → sound, by the
 * inverse Fourier transform within the network.
 *
 * @param config The sizes.
 * @returns Its network: `spectrogram` [batch, 1, 64, 128] to `sound` [batch, 32000].
 */
export function vocoder(config: AudioConfig): Network {
  return {
    name: "audio vocoder",
    inputs: (batch) => ({ spectrogram: { shape: [batch, ...MEL_SHAPE], dtype: "float32" } }),
    trace: (scope, { spectrogram }) => ({
      sound: signalOf(vocodedSpectrum(scope, spectrogram!, config), HOP),
    }),
  };
}
