import { powerSpectrum } from "./power_spectrum.js";

/** Frames a second. */
const FRAME_RATE = 100;
/** Seconds that lie at least between two onsets. */
const APART = 0.09;
/** How much an onset has to stand out, as a share of the strongest. */
const SHARE = 0.18;

/** How much louder it has to be after an onset than before. */
const LOUDER = 1.1;

/**
 * Finds when notes begin, by spectral flux: how much the spectrum, in a logarithmic measure, grows
 * from frame to frame. An onset is a peak that stands out of its surroundings.
 *
 * @param {Float32Array} sound Samples in [−1, 1].
 * @param {number} rate Samples a second.
 * @returns {number[]} The onsets, in seconds.
 */
export function onsets(sound, rate) {
  const size = 2 ** Math.round(Math.log2(rate * 0.032));
  const spectrum = powerSpectrum(size);
  const frames = Math.ceil(sound.length / rate * FRAME_RATE);
  const flux = new Float32Array(frames);
  const energy = new Float32Array(frames);
  let before = new Float32Array(size / 2 + 1);
  for (let frame = 0; frame < frames; frame++) {
    // A frame's last sample is at its time: what begins then is not in it yet.
    const power = spectrum(sound, Math.round(frame * rate / FRAME_RATE) - size / 2);
    const level = power.map((value) => Math.log1p(100 * Math.sqrt(value / size)));
    for (let i = 0; i < level.length; i++) flux[frame] += Math.max(0, level[i] - before[i]);
    energy[frame] = power.reduce((a, b) => a + b, 0);
    before = level;
  }
  const strongest = flux.reduce((a, b) => Math.max(a, b), 0);
  if (strongest < 1) return [];
  const found = [];
  for (let frame = 0; frame < frames; frame++) {
    const near = flux.slice(Math.max(0, frame - 5), frame + 6);
    const around = flux.slice(Math.max(0, frame - 12), frame + 13);
    const mean = around.reduce((a, b) => a + b, 0) / around.length;
    const peak = flux[frame] === Math.max(...near) && flux[frame] > mean + SHARE * strongest;
    const time = frame / FRAME_RATE;
    // A note that is cut off changes the spectrum as well, but then it is less loud than before.
    const louder = meanOf(energy, frame, frame + 6) > LOUDER * meanOf(energy, frame - 6, frame - 1);
    if (peak && louder && time - (found.at(-1) ?? -1) >= APART) found.push(time);
  }
  return found;
}

/**
 * @param {Float32Array} values Values.
 * @param {number} from The first place.
 * @param {number} to The place after the last.
 * @returns {number} The mean of those there are, 0 if there are none.
 */
function meanOf(values, from, to) {
  const some = values.slice(Math.max(0, from), Math.max(0, to));
  return some.length === 0 ? 0 : some.reduce((a, b) => a + b, 0) / some.length;
}
