import type { Random } from "@codi/core/random";
import type { Scene } from "../scene.ts";
import { SHORT_WIDTH, type SoundFeatures, TONE_WIDTH } from "./_audio_features.ts";
import { vocode } from "./_audio_vocode.ts";

const between = (stream: Random, low: number, high: number): number =>
  low + (high - low) * stream.uniform();

/** The scene played with strokes that differ more in loudness than scenes have it. */
export function uneven(scene: Scene, stream: Random): Scene {
  const velocities = scene.performance.velocities.map(() => between(stream, 0.25, 1));
  return { ...scene, performance: { ...scene.performance, velocities } };
}

/** A sound moved by up to 15 ms, dulled or brightened, and noisy, each half of the time; in place. */
export function disturb(sound: Float32Array, stream: Random): void {
  if (stream.uniform() < 0.5) {
    const shift = stream.integer(481) - 240;
    sound.set(
      shift < 0 ? sound.slice(-shift) : sound.slice(0, sound.length - shift),
      Math.max(0, shift),
    );
  }
  if (stream.uniform() < 0.5) {
    const tilt = between(stream, -0.7, 0.7); // one zero: up to 15 dB between bass and treble
    let last = 0;
    for (let i = 0; i < sound.length; i++) {
      const value = sound[i]!;
      sound[i] = value + tilt * last;
      last = value;
    }
  }
  if (stream.uniform() < 0.5) {
    const noise = 10 ** between(stream, -4, -1.5);
    for (let i = 0; i < sound.length; i++) sound[i]! += noise * stream.normal();
  }
}

/** A sound as out of a vocoder that was given a blurred and uneven spectrogram; in place. */
export function imitateGeneration(sound: Float32Array, stream: Random): void {
  const iterations = stream.uniform() < 0.1 ? 30 : 1 + stream.integer(6); // many take long
  const speckle = stream.uniform() < 0.5 ? between(stream, 0, 0.6) : 0;
  const tilt = between(stream, -1, 1);
  const overBands = stream.uniform() < 0.4 ? between(stream, 0, 0.3) : 0;
  const overTime = stream.uniform() < 0.4 ? between(stream, 0, 0.3) : 0;
  vocode(sound, iterations, stream, (mel, bands) => {
    blur(mel, 1, bands, overBands);
    blur(mel, bands, mel.length / bands, overTime);
    for (let i = 0; i < mel.length; i++) {
      mel[i]! += speckle * stream.normal() + tilt * ((i % bands) / bands - 0.5);
    }
  });
}

/** Mixes each value with its neighbours along one axis, whose ends stay as they are. */
function blur(values: Float64Array, step: number, length: number, share: number): void {
  if (share === 0) return;
  const from = values.slice();
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(i / step) % length;
    if (place === 0 || place === length - 1) continue;
    values[i] = (1 - share) * from[i]! + share / 2 * (from[i - step]! + from[i + step]!);
  }
}

/** Features with a little noise and another level, and some of their bands lost; in place. */
export function blurFeatures({ short, tones }: SoundFeatures, stream: Random): void {
  for (const [values, width] of [[short, SHORT_WIDTH], [tones, TONE_WIDTH]] as const) {
    const deviation = between(stream, 0, 0.08);
    const level = 0.05 * stream.normal();
    for (let i = 0; i < values.length; i++) values[i]! += level + deviation * stream.normal();
    if (stream.uniform() < 0.3) {
      const [first, lost] = [stream.integer(width), 1 + stream.integer(12)];
      for (let i = 0; i < values.length; i++) {
        if (i % width >= first && i % width < first + lost) values[i] = -1;
      }
    }
  }
}
