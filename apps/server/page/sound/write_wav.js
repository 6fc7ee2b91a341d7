/**
 * Writes a sound as a WAV file of 16 bits, one channel.
 *
 * @param {Float32Array} sound Samples in [−1, 1]; what lies beyond is cut.
 * @param {number} rate Samples a second.
 * @returns {Blob} The file.
 */
export function writeWav(sound, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * sound.length));
  const name = (/** @type {number} */ place, /** @type {string} */ text) =>
    [...text].forEach((letter, i) => view.setUint8(place + i, letter.charCodeAt(0)));
  name(0, "RIFF");
  view.setUint32(4, 36 + 2 * sound.length, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, 2 * sound.length, true);
  sound.forEach((value, i) => {
    view.setInt16(44 + 2 * i, Math.round(32767 * Math.min(1, Math.max(-1, value))), true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}
