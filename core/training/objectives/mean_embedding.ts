import { type Feeds, type Network, openNetwork } from "../../modality/mod.ts";
import type { Device } from "../../runtime/mod.ts";
import { type Tensor, tensor } from "../../tensor/mod.ts";

/**
 * The mean of a prompt encoder's embeddings, which centring then takes away.
 *
 * @param network The prompt encoder's network.
 * @param weights Its weights, the mean among them still zero.
 * @param feeds Samples, one or more.
 * @param device Where it runs.
 * @returns [width].
 */
export async function meanEmbedding(
  network: Network,
  weights: Readonly<Record<string, Tensor>>,
  feeds: Feeds,
  device: Device,
): Promise<Tensor> {
  const { embedding } = await openNetwork(network, weights, device).run(feeds);
  const [batch, width] = embedding!.shape as [number, number];
  const total = new Float64Array(width);
  embedding!.data.forEach((value, i) => total[i % width]! += value / batch);
  return tensor([width], Float32Array.from(total));
}
