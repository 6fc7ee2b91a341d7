import {
  combine,
  type GuidanceOptions,
  guidanceScaleAt,
  type NoiseSchedule,
  rescaleGuided,
} from "../diffusion/mod.ts";
import { ENVIRONMENT_WIDTH, SLOTS } from "../environment/mod.ts";
import { type RunningNetwork, SPACE_WIDTH } from "../modality/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";

/** What a sample is conditioned on. */
export interface Condition {
  /** The mix of the prompts. */
  readonly mixed: Float32Array;
  /** The prompts, [{@linkcode SPACE_WIDTH}] each. */
  readonly prompts: readonly Float32Array[];
  /** Their shares, which sum to 1. */
  readonly shares: readonly number[];
}

/** What each sample is conditioned on; undefined for nothing. */
export interface Conditions {
  /** What to steer towards. */
  readonly positive: readonly (Condition | undefined)[];
  /** What to steer away from. */
  readonly negative: readonly (Condition | undefined)[];
}

/**
 * What an output heeds of its conditions at a guidance scale: no prompts at 0, and negative ones above 1
 * alone, below which the formula would steer towards them.
 */
export function heededConditions({ positive, negative }: Conditions, scale: number): Conditions {
  const none = positive.map(() => undefined);
  return { positive: scale === 0 ? none : positive, negative: scale > 1 ? negative : none };
}

/** What an output hears of the others, one row for each sample. */
export type HeardFeeds = Readonly<Record<"global" | "slots" | "heard", Tensor>>;

/** The networks of an output. */
export interface GuidedNetworks {
  /** The diffusion network. */
  readonly network: RunningNetwork;
  /** The same with environment attention; left out where nothing is heard. */
  readonly joint?: RunningNetwork | undefined;
  /** How many prompts they read side by side; undefined where they read the mix alone. */
  readonly prompts: number | undefined;
  /** The environment guidance scale; beside a prompt, that of slots. */
  readonly environment: number;
}

/** What stands for the logarithm of no share. */
const NO_PROMPT = -1e4;
/** The noise levels, as sigma / alpha, where environment guidance goes beyond 1. */
const NOISY = [0.74, Infinity] as const;
/** The most that globals count beside a prompt, which says itself what they tell. */
const WHOLE = 1;
/** How far guided predictions are rescaled where others are heard, unless told otherwise. */
const RESCALE = 0.7;

/** One of the predictions that guidance combines. */
interface Branch {
  readonly factor: number;
  readonly conditions: Conditions["positive"];
  /** What of the others; a sample without prompt hears all where others hear slots. */
  readonly hears: "all" | "slots" | "nothing";
}

/**
 * A diffusion network under guidance of prompts and environment; all that is combined runs as one batch.
 * With prompt guidance w, environment guidance s, negative prompt n, prompt c, environment e and its
 * slots t alone:
 * ε(n, ∅) + w · (ε(c, ∅) − ε(n, ∅)) + s · (ε(c, t) − ε(c, ∅)) + min(s, 1) · (ε(c, e) − ε(c, t)), after
 * Ho and Salimans (2022) and the scales of Brooks et al. (2023), equation 3. A sample without prompt c
 * gets s · (ε(e) − ε(∅)) for the last two terms. Where nothing is heard, they are left out; where little
 * noise is left, latents show what could be heard, and s is at most 1. As s is high, the deviation of the
 * whole is brought back towards that of ε(c, e) (Lin et al., 2023, section 3.4).
 */
export function guidedNetwork(
  { network, joint, prompts, environment }: GuidedNetworks,
  schedule: NoiseSchedule,
  { positive, negative }: Conditions,
  options: GuidanceOptions,
  signal: AbortSignal | undefined,
): (z: Tensor, timestep: number, heard?: HeardFeeds) => Promise<Tensor> {
  const prompted = positive.some((one) => one !== undefined);
  const steered = prompted || negative.some((one) => one !== undefined);
  const open = positive.some((one) => one === undefined);
  return async (z, timestep, heard) => {
    const w = steered ? guidanceScaleAt(schedule, timestep, options) : 1;
    const guides = { scale: environment, interval: NOISY };
    const most = heard && joint
      ? Math.min(environment, guidanceScaleAt(schedule, timestep, guides))
      : 0;
    const whole = prompted ? Math.min(most, WHOLE) : most;
    const s = open || hearsSlots(heard) ? most : whole;
    const branches = ([
      { factor: whole, conditions: positive, hears: "all" },
      { factor: s - whole, conditions: positive, hears: "slots" },
      { factor: w - s, conditions: positive, hears: "nothing" },
      { factor: 1 - w, conditions: negative, hears: "nothing" },
    ] satisfies Branch[]).filter(({ factor }) => factor !== 0);
    const hearing = branches.some(({ hears }) => hears !== "nothing");
    const sides = branches.map(({ conditions }) => conditions);
    const feeds = {
      ...diffusionFeeds(z, timestep, sides),
      ...(prompts !== undefined && promptFeeds(prompts, sides.flat())),
      ...(hearing && heardFeeds(heard!, branches)),
    };
    const { prediction } = await (hearing ? joint! : network).run(feeds, { signal });
    const parts = split(prediction!, z.shape, branches.length);
    if (parts.length === 1 && branches[0]!.factor === 1) return parts[0]!;
    const [first, ...rest] = branches.map(({ factor }, i) => [factor, parts[i]!] as const);
    const rescale = options.rescale ?? (hearing ? RESCALE : 0);
    return rescaleGuided(combine(first!, ...rest), parts[0]!, { rescale });
  };
}

/** Whether any sample hears others in time. */
function hearsSlots(heard: HeardFeeds | undefined): boolean {
  return heard?.heard.data.some((value, place) => place % 2 === 1 && value > 0) ?? false;
}

/** Feeds of a diffusion network: z once for each branch; an absent condition stands for none. */
function diffusionFeeds(
  z: Tensor,
  timestep: number,
  branches: readonly Conditions["positive"][],
): Record<string, Tensor> {
  const count = z.shape[0]!;
  const batch = count * branches.length;
  const feeds = {
    z: tensor([batch, ...z.shape.slice(1)]),
    timestep: tensor([batch], new Float32Array(batch).fill(timestep)),
    condition: tensor([batch, SPACE_WIDTH]),
    present: tensor([batch]),
  };
  branches.forEach((conditions, branch) => {
    feeds.z.data.set(z.data, branch * z.data.length);
    conditions.forEach((condition, sample) => {
      if (condition === undefined) return;
      const row = branch * count + sample;
      feeds.condition.data.set(condition.mixed, row * SPACE_WIDTH);
      feeds.present.data[row] = 1;
    });
  });
  return feeds;
}

/** The prompts side by side, with nothing in the places that a condition leaves free. */
function promptFeeds(
  count: number,
  conditions: readonly (Condition | undefined)[],
): Record<string, Tensor> {
  const batch = conditions.length;
  const feeds = {
    prompts: tensor([batch, count, SPACE_WIDTH]),
    logShares: tensor([batch, count], new Float32Array(batch * count).fill(NO_PROMPT)),
  };
  conditions.forEach((condition, row) => {
    if (condition === undefined) feeds.logShares.data[row * count] = 0; // the learned one alone
    condition?.prompts.forEach((prompt, index) => {
      const place = row * count + index;
      feeds.prompts.data.set(prompt, place * SPACE_WIDTH);
      feeds.logShares.data[place] = Math.log(condition.shares[index]!);
    });
  });
  return feeds;
}

/** What is heard, for the branches that hear; nothing for the others. */
function heardFeeds(heard: HeardFeeds, branches: readonly Branch[]): Record<string, Tensor> {
  const count = heard.heard.shape[0]!;
  const batch = count * branches.length;
  const feeds = {
    global: tensor([batch, ENVIRONMENT_WIDTH]),
    slots: tensor([batch, SLOTS, ENVIRONMENT_WIDTH]),
    heard: tensor([batch, 2]),
  };
  branches.forEach(({ hears, conditions }, branch) => {
    if (hears === "nothing") return;
    for (const name of ["global", "slots", "heard"] as const) {
      feeds[name].data.set(heard[name].data, branch * heard[name].data.length);
    }
    if (hears === "all") return;
    conditions.forEach((condition, sample) => {
      if (condition === undefined) return;
      const row = branch * count + sample;
      feeds.global.data.fill(0, row * ENVIRONMENT_WIDTH, (row + 1) * ENVIRONMENT_WIDTH);
      feeds.heard.data[2 * row] = 0;
    });
  });
  return feeds;
}

function split({ data }: Tensor, shape: readonly number[], parts: number): Tensor[] {
  const size = data.length / parts;
  return Array.from(
    { length: parts },
    (_, part) => tensor(shape, data.slice(part * size, (part + 1) * size)),
  );
}
