import { type Tensor, tensor } from "../../tensor/mod.ts";

/** The smallest deviation that latents are divided by: that of a channel which carries nothing. */
const LEAST_DEVIATION = 1e-3;

/**
 * Mean and standard deviation of each channel.
 *
 * @param values Any shape.
 * @param axis The axis of the channels.
 * @returns Both [channels].
 */
export function channelStatistics(
  { shape, data }: Tensor,
  axis = 1,
): { readonly mean: Tensor; readonly deviation: Tensor } {
  const channels = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const count = data.length / channels;
  const perChannel = (measure: (value: number, channel: number) => number) => {
    const sums = new Float64Array(channels);
    data.forEach((value, index) => {
      const channel = Math.floor(index / inner) % channels;
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
