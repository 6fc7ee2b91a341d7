import { type AnyModality, findModality, openNetwork, scheduleOf } from "../../modality/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import type { DatasetSplit } from "../dataset.ts";
import type { ObjectiveContext } from "../objective.ts";
import { inPieces } from "./in_pieces.ts";
import type { JoinEdge, JoinSpec } from "./join_spec.ts";
import type { JoinedSamples } from "./joining_batch.ts";

/** Captions per scene, of different wording and mention. */
const CAPTIONS = 3;

/** The modalities of some edges, each once. */
export function namesOf(edges: readonly JoinEdge[]): string[] {
  return [...new Set(edges.flatMap(({ listener, partner }) => [listener, partner]))];
}

/** What an edge is called. */
export const edgeName = ({ listener, partner }: JoinEdge): string => `${listener} hears ${partner}`;

/** The latents and prompts of every edge, by its name. */
export async function encodeEdges(
  context: ObjectiveContext,
  { modalities, edges, scenes, equalTimesteps = false }: JoinSpec,
  bridge: AnyModality,
  split: DatasetSplit,
): Promise<ReadonlyMap<string, JoinedSamples>> {
  const { size, pair, device, weights, cached, signal } = context;
  const countOf = (name: string) =>
    Math.min(size, split === "test" ? scenes.test : scenes.train[name]!);
  const captionOf = (name: string, place: number) =>
    pair(name, bridge.name).caption(split, Math.floor(place / CAPTIONS), place % CAPTIONS).text;
  const latents = new Map<string, Tensor>();
  const names = namesOf(edges);
  for (const name of names) {
    const { autoencoder } = findModality(modalities, name);
    const encoder = openNetwork(
      autoencoder!.encoder,
      await weights(`${name}/autoencoder`),
      device,
    );
    const isBridge = name === bridge.name;
    const count = countOf(name) * (isBridge ? CAPTIONS : 1);
    const encoded = await cached(
      `latents ${name} ${split} ${count}`,
      () =>
        inPieces(context, `encoding ${split} ${name}`, count, async (numbers) => {
          const samples = isBridge
            ? numbers.map((place) => captionOf(name, place))
            : await Promise.all(numbers.map((index) => pair(name).sample(name, split, index)));
          return (await encoder.run(autoencoder!.feeds(samples), { signal }))["latent"]!;
        }),
      [`${name}/autoencoder`],
    );
    latents.set(name, encoded);
  }
  const promptEncoder = openNetwork(
    bridge.promptEncoder.network,
    await weights(`${bridge.name}/promptEncoder`),
    device,
  );
  const most = Math.max(...names.map(countOf));
  const embeddings = await cached(
    `prompts ${split} ${most}`,
    () =>
      inPieces(context, `encoding ${split} prompts`, most * CAPTIONS, async (places) => {
        // Captions are the same whatever they describe.
        const texts = places.map((place) => captionOf(names[0]!, place));
        const feeds = bridge.promptEncoder.feeds(texts);
        return (await promptEncoder.run(feeds, { signal }))["embedding"]!;
      }),
    [`${bridge.name}/promptEncoder`],
  );
  const sideOf = (name: string) => {
    const { diffusion, environment } = findModality(modalities, name);
    return {
      latents: latents.get(name)!,
      perSample: name === bridge.name ? CAPTIONS : 1,
      schedule: scheduleOf(diffusion!),
      prediction: diffusion!.prediction,
      timed: environment!.timed,
    };
  };
  return new Map(edges.map((edge) => [
    edgeName(edge),
    {
      listener: sideOf(edge.listener),
      partner: sideOf(edge.partner),
      prompts: { embeddings, perSample: CAPTIONS },
      count: Math.min(countOf(edge.listener), countOf(edge.partner)),
      equalTimesteps,
    },
  ]));
}
