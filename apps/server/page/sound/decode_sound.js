/**
 * Decodes the sound of any file that the browser can read.
 *
 * @param {Blob} file The file.
 * @param {number} [rate] Samples a second.
 * @returns {Promise<Float32Array>} The mean of its channels, in [−1, 1].
 */
export async function decodeSound(file, rate = 16_000) {
  const context = new OfflineAudioContext(1, 1, rate);
  const decoded = await context.decodeAudioData(await file.arrayBuffer());
  const mean = new Float32Array(decoded.length);
  for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
    const samples = decoded.getChannelData(channel);
    for (let i = 0; i < mean.length; i++) mean[i] += samples[i] / decoded.numberOfChannels;
  }
  return mean;
}
