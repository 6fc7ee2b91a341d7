import { type Tensor, tensor } from "@codi/core/tensor";

/** The smallest deviation that latents are divided by: that of a channel which carries nothing. */
const LEAST_DEVIATION = 1e-3;

/**
 * Mean and standard deviation of each channel.
 *
 * @param values [batch, channels, height, width].
 * @returns Both [channels].
 */
export function channelStatistics(
  values: Tensor,
): { readonly mean: Tensor; readonly deviation: Tensor } {
  const [batch, channels, height, width] = values.shape as [number, number, number, number];
  const pixels = height * width;
  const count = batch * pixels;
  const perChannel = (measure: (value: number, channel: number) => number) => {
    const sums = new Float64Array(channels);
    values.data.forEach((value, index) => {
      const channel = Math.floor(index / pixels) % channels;
      sums[channel]! += measure(value, channel);
    });
    return Array.from(sums, (sum) => sum / count);
  };
  const mean = perChannel((value) => value);
  const variance = perChannel((value, channel) => (value - mean[channel]!) ** 2);
  const deviation = variance.map((value) => Math.max(LEAST_DEVIATION, Math.sqrt(value)));
  return {
    mean: tensor([channels], Float32Array.from(mean)),
    deviation: tensor([channels], Float32Array.from(deviation)),
  };
}
