import { slotF1 } from "@codi/band/readers";
import { fromFileUrl, join } from "@std/path";
import { messageOf } from "../../message.ts";
import {
  estimateText,
  gainText,
  shareText,
  shortEstimate,
  shortShare,
  slotFigure,
  type SlotPair,
} from "../figures.ts";
import type { Lab } from "../lab.ts";
import { shuffledPairs } from "../metrics/agreement.ts";
import { bootstrap } from "../metrics/bootstrap.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { shareOf } from "../statistics.ts";

const VARIANTS = ["full method", "equal timesteps only", "globals without slots"] as const;

/** What two outputs of each sample show. */
interface Pairs {
  readonly rhythm: readonly SlotPair[];
  readonly style: readonly (readonly [string, string])[];
}

/** What was read of one variant's samples. */
export interface RetrainedFigures {
  /** What each sample's scene is. */
  readonly prompts: readonly {
    readonly thing: string;
    readonly color: string;
    readonly count: number;
  }[];
  /** Made together. */
  readonly joint: Pairs;
  /** The same prompts and noise without environments. */
  readonly apart: Pairs;
}

/** Joint training of the tests' small model, with choices of the method taken back. */
export const retrained: Part = {
  name: "retrained",
  title: "Choices of joint training taken back",
  about:
    "The small model of the tests (two things, two styles, three colours, latents of 8 × 8) is trained " +
    "in minutes, and only its joint training differs: as it is, with both sides always at equal " +
    "timesteps, and with global tokens alone. `apart` is the same prompt and noise without environments, " +
    "`shuffled` another sample of the same prompt. What a small model does is a hint, no proof, and its " +
    "two styles are hard to tell apart at this size.",
  measures: ({ quick }) =>
    Object.fromEntries((quick ? [] : VARIANTS).map((variant): [string, Measure] => {
      const options = { variant, share: 2, steps: 1600, samples: 128 };
      return [variant, {
        options,
        weights: [],
        seconds: 300,
        run: (lab) => retrainedFigures(lab, options),
      }];
    })),
  report: ({ measured, scale }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = VARIANTS.flatMap((variant): Row[] => {
      const figures = measured[variant] as RetrainedFigures | undefined;
      if (figures === undefined) return [];
      const { rhythm, style } = rowsOf(variant, figures);
      counts[variant] = { rhythm: rhythm.counts, style: style.counts };
      return [rhythm.row, style.row];
    });
    const notes = scale.quick ? ["Left out of a first impression, as it trains networks."] : [];
    return { rows, notes, counts };
  },
};

function rowsOf(variant: string, { prompts, joint, apart }: RetrainedFigures) {
  const others = <T>(pairs: readonly (readonly [T, T])[], promptOf: (place: number) => string) =>
    shuffledPairs(
      pairs.map(([a, b], place) => [{ seen: a, place }, { seen: b, place }] as const),
      ([{ place }]) => promptOf(place),
    ).map(([a, b]) => [a.seen, b.seen] as const);
  const f1 = (pairs: readonly SlotPair[]) =>
    slotF1(pairs.map(([a]) => a), pairs.map(([, b]) => b)).f1;
  const rhythm = {
    joint: slotFigure(joint.rhythm),
    apart: slotFigure(apart.rhythm),
    shuffled: slotFigure(
      others<readonly number[]>(
        joint.rhythm,
        (place) => `${prompts[place]!.thing} ${prompts[place]!.count}`,
      ),
    ),
    gain: bootstrap(
      joint.rhythm.map((pair, i) => [pair, apart.rhythm[i]!] as const),
      (some) => f1(some.map(([one]) => one)) - f1(some.map(([, other]) => other)),
    ),
  };
  const equal = (pairs: Pairs["style"]) =>
    shareOf(pairs.filter(([a, b]) => a === b).length, pairs.length);
  const style = {
    joint: equal(joint.style),
    apart: equal(apart.style),
    shuffled: equal(
      others(joint.style, (place) => `${prompts[place]!.thing} ${prompts[place]!.color}`),
    ),
    gain: bootstrap(
      joint.style.map((pair, i) => [pair, apart.style[i]!] as const),
      (some) => equal(some.map(([one]) => one)).share - equal(some.map(([, other]) => other)).share,
    ),
  };
  return {
    rhythm: {
      counts: rhythm,
      row: {
        name: `${variant}: rhythm of sound and clip, F1 of exact slots`,
        value: estimateText(rhythm.joint),
        beside: {
          apart: shortEstimate(rhythm.apart),
          shuffled: shortEstimate(rhythm.shuffled),
          gain: gainText(rhythm.gain, false),
        },
      },
    },
    style: {
      counts: style,
      row: {
        name: `${variant}: style of picture and clip agrees`,
        value: shareText(style.joint),
        beside: {
          apart: shortShare(style.apart),
          shuffled: shortShare(style.shuffled),
          gain: gainText(style.gain),
        },
      },
    },
  };
}

/** Trains in a process of its own: the small model belongs to the tests. */
async function retrainedFigures(
  { scratch, signal }: Lab,
  options: { readonly share: number },
): Promise<RetrainedFigures> {
  const asked = { ...options, directory: join(scratch, `small_model_${options.share}`) };
  const { success, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-ffi"],
      "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX",
      "tests/retrained_variants.ts",
      JSON.stringify(asked),
    ],
    cwd: fromFileUrl(new URL("../../../../", import.meta.url)),
    stdin: "null",
    signal,
  }).output();
  signal.throwIfAborted();
  if (!success) {
    const reason = new TextDecoder().decode(stderr).trim().split("\n")
      .find((line) => line.includes("rror"));
    throw new Error(`Cannot train the small model: ${messageOf(reason ?? "it was stopped")}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout));
}
