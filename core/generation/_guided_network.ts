import {
  type GuidanceOptions,
  guidanceScaleAt,
  guide,
  type NoiseSchedule,
} from "../diffusion/mod.ts";
import { type RunningNetwork, SPACE_WIDTH } from "../modality/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";

/** What each sample is conditioned on; undefined for nothing. */
export interface Conditions {
  /** The mix of what to steer towards. */
  readonly positive: readonly (Float32Array | undefined)[];
  /** The mix of what to steer away from. */
  readonly negative: readonly (Float32Array | undefined)[];
}

/** A diffusion network under classifier-free guidance; both halves run as one batch. */
export function guidedNetwork(
  network: RunningNetwork,
  schedule: NoiseSchedule,
  { positive, negative }: Conditions,
  options: GuidanceOptions,
  signal: AbortSignal | undefined,
): (z: Tensor, timestep: number) => Promise<Tensor> {
  return async (z, timestep) => {
    const scale = guidanceScaleAt(schedule, timestep, options);
    const unguided = scale === 1 || [...positive, ...negative].every((one) => one === undefined);
    const halves = unguided ? [positive] : [positive, negative];
    const { prediction } = await network.run(diffusionFeeds(z, timestep, halves), { signal });
    if (unguided) return prediction!;
    const [conditional, unconditional] = split(prediction!, z.shape);
    return guide(conditional, unconditional, scale, options);
  };
}

/** Feeds of a diffusion network: z once for each half; an absent condition stands for none. */
function diffusionFeeds(
  z: Tensor,
  timestep: number,
  halves: readonly Conditions["positive"][],
): Record<string, Tensor> {
  const count = z.shape[0]!;
  const batch = count * halves.length;
  const feeds = {
    z: tensor([batch, ...z.shape.slice(1)]),
    timestep: tensor([batch], new Float32Array(batch).fill(timestep)),
    condition: tensor([batch, SPACE_WIDTH]),
    present: tensor([batch]),
  };
  halves.forEach((conditions, half) => {
    feeds.z.data.set(z.data, half * z.data.length);
    conditions.forEach((condition, sample) => {
      if (condition === undefined) return;
      const row = half * count + sample;
      feeds.condition.data.set(condition, row * SPACE_WIDTH);
      feeds.present.data[row] = 1;
    });
  });
  return feeds;
}

function split(both: Tensor, shape: readonly number[]): [Tensor, Tensor] {
  const half = both.data.length / 2;
  return [tensor(shape, both.data.slice(0, half)), tensor(shape, both.data.slice(half))];
}
