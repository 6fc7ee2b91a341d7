import {
  add,
  concat,
  gelu,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  sum,
  type Value,
} from "@codi/core/graph";
import { linear, normalizeLayer, type Scope } from "@codi/core/nn";
import { SLOTS } from "../rhythms.ts";
import { THING_NAMES } from "../things.ts";
import { LOWEST_TONE } from "./_audio_features.ts";

/** The lowest MIDI key whose pitch is told. */
export const LOWEST_KEY = 36;

/** How many keys from there on are told: those of all pitched things. */
export const KEYS = 56;

/** The width of the features before the heads. */
export const AUDIO_FEATURE_WIDTH = 128;

/** What a harmonic is worth in bands of half a semitone, for half, one, two, three … times the pitch. */
const HARMONICS = [0.5, 1, 2, 3, 4, 5, 6, 8].map((n) => Math.round(24 * Math.log2(n)));

/** What the network says about sounds. */
export interface AudioScores {
  /** The features that the thing is told by, [batch, 128]. */
  readonly features: Value;
  /** Scores of the things, before a softmax, [batch, 24]. */
  readonly things: Value;
  /** Scores of no stroke and of a stroke that begins in each slot, before a softmax, [batch, 16, 2]. */
  readonly onsets: Value;
  /** Scores of the keys in each slot, before a softmax, [batch, 16, 56]. */
  readonly keys: Value;
}

/** A residual convolution over three slots. */
function block(scope: Scope, x: Value): Value {
  const h = normalizeLayer(scope.at("norm"), x);
  const before = pad(slice(h, 1, 0, SLOTS - 1), 1, 1, 0);
  const after = pad(slice(h, 1, 1, SLOTS), 1, 0, 1);
  return add(x, gelu(linear(scope.at("conv"), concat([before, h, after], 2), AUDIO_FEATURE_WIDTH)));
}

/**
 * How well each key's harmonics stand out, by one rule for all keys (harmonic constant-Q transform,
 * Bittner et al., 2017).
 */
function salience(scope: Scope, tones: Value): Value {
  const lowest = 2 * (LOWEST_KEY - LOWEST_TONE);
  const around = pad(tones, 2, 32, 96);
  const near = HARMONICS.flatMap((offset) =>
    [-1, 1].map((shift) => {
      const start = 32 + lowest + offset + shift;
      const bands = slice(around, 2, start, start + 2 * KEYS);
      return reshape(bands, [-1, SLOTS, KEYS, 2]); // a band below, the key's own; its upper two
    })
  );
  const h = gelu(linear(scope.at("in"), concat(near, 3), 24));
  return reshape(linear(scope.at("out"), h, 1), [-1, SLOTS, KEYS]);
}

/**
 * A one-dimensional convolution network over the slots, unlike the audio plugin's encoders, which see
 * mel spectrograms as pictures, so that both do not err alike.
 *
 * @param scope Names the parameters.
 * @param short [batch, 16, 128], power in short windows.
 * @param tones [batch, 16, 168], power in semitone bands.
 */
export function audioNetwork(scope: Scope, short: Value, tones: Value): AudioScores {
  let h = gelu(linear(scope.at("in"), concat([short, tones], 2), AUDIO_FEATURE_WIDTH));
  for (let i = 0; i < 3; i++) h = block(scope.at(i), h);
  h = normalizeLayer(scope.at("norm"), h);

  // Attention over the slots: a stroke's first moments tell most.
  const attention = softmax(reshape(linear(scope.at("attention"), h, 1), [-1, SLOTS]));
  const features = sum(mul(h, reshape(attention, [-1, SLOTS, 1])), [1]); // [batch, 128]

  const timbre = gelu(linear(scope.at("timbre"), concat([tones, h], 2), 96));
  return {
    features,
    things: linear(scope.at("things"), features, THING_NAMES.length),
    onsets: linear(scope.at("onsets"), h, 2),
    keys: add(salience(scope.at("salience"), tones), linear(scope.at("keys"), timbre, KEYS)),
  };
}
