import { type Feeds, type Network, openNetwork } from "@codi/core/modality";
import type { Device } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";

/** The mean of a prompt encoder's embeddings over some samples, [width]. */
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
