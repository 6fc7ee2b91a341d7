import { powerSpectrum } from "./power_spectrum.js";

/** Samples in a frame. */
const FRAME = 1024;
/** What lies this many decibels below the loudest counts as silent. */
const DEPTH = 65;
/** The lowest frequency, in hertz. */
const LOWEST = 60;

/**
 * How loud each pitch is at each time, on a logarithmic scale of pitch.
 *
 * @param {Float32Array} sound Samples in [−1, 1].
 * @param {number} rate Samples a second.
 * @param {number} columns Times.
 * @param {number} rows Pitches.
 * @returns {Float32Array} Loudness in [0, 1], [rows, columns], the highest pitch first.
 */
export function spectrogram(sound, rate, columns, rows) {
  const spectrum = powerSpectrum(FRAME);
  const levels = new Float32Array(rows * columns);
  const highest = rate / 2;
  // The bins of a row; at low pitch a row is narrower than a bin, and its value is interpolated.
  const edge = (/** @type {number} */ row) =>
    LOWEST * (highest / LOWEST) ** (row / rows) * FRAME / rate;
  let loudest = -60;
  for (let column = 0; column < columns; column++) {
    const centre = Math.round((column + 0.5) * sound.length / columns);
    const power = spectrum(sound, centre - FRAME / 2);
    for (let row = 0; row < rows; row++) {
      const level = 10 * Math.log10(between(power, edge(row), edge(row + 1)) + 1e-12);
      loudest = Math.max(loudest, level);
      levels[(rows - 1 - row) * columns + column] = level;
    }
  }
  return levels.map((level) => Math.max(0, 1 + (level - loudest) / DEPTH));
}

/**
 * @param {Float32Array} power A spectrum.
 * @param {number} from A place between its bins.
 * @param {number} to A later one.
 * @returns {number} The greatest power between them.
 */
function between(power, from, to) {
  const at = (/** @type {number} */ place) => {
    const below = Math.min(power.length - 2, Math.floor(place));
    return power[below] + (place - below) * (power[below + 1] - power[below]);
  };
  let most = at((from + to) / 2);
  for (let bin = Math.ceil(from); bin < to && bin < power.length; bin++) {
    most = Math.max(most, power[bin]);
  }
  return most;
}
