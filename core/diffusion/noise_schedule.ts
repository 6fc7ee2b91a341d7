/** The names of the noise schedules. */
export type NoiseScheduleName = "linear" | "scaled-linear" | "cosine";

/** What a noise schedule is made from. */
export interface NoiseScheduleOptions {
  /**
   * The number of timesteps the network is trained on.
   * @default 1000
   */
  readonly trainingSteps?: number;
  /**
   * The first β, in (0, 1); not for the cosine schedule.
   * @default 0.0001
   */
  readonly betaStart?: number;
  /**
   * The last β, in (0, 1); not for the cosine schedule.
   * @default 0.02
   */
  readonly betaEnd?: number;
  /**
   * Whether the schedule is rescaled so that its last timestep holds nothing but noise.
   * @default false
   */
  readonly zeroTerminalSnr?: boolean;
}

/**
 * How much of a latent is noise at each training timestep: plain data, made by
 * {@linkcode noiseSchedule}. The name and the parameters are all that has to be stored.
 */
export interface NoiseSchedule {
  /** The schedule's name. */
  readonly name: NoiseScheduleName;
  /** The options it was made from, the defaults filled in; fit for JSON. */
  readonly parameters: NoiseScheduleOptions & { readonly trainingSteps: number };
  /** β by timestep, the share of noise a single training step adds, in (0, 1]. */
  readonly betas: Float64Array;
  /** ᾱ by timestep, the share of the clean latent in the variance; falls, in [0, 1). */
  readonly alphaBars: Float64Array;
}

/**
 * A noise schedule by name:
 *
 * | name | β | from |
 * |---|---|---|
 * | `linear` | evenly spaced | Ho et al. 2020, section 4 |
 * | `scaled-linear` | squares of evenly spaced roots | Rombach et al. 2022; CoDi's and Stable Diffusion's, from 0.00085 to 0.012 |
 * | `cosine` | ᾱ falls as a squared cosine, β at most 0.999 | Nichol and Dhariwal 2021, eq. 17 |
 *
 * They are those that diffusers calls `linear`, `scaled_linear` and `squaredcos_cap_v2`, in float64.
 *
 * @param name Which schedule.
 * @param options The number of training timesteps and the range of β.
 * @returns The schedule.
 * @throws {RangeError} If the name is unknown or an option is out of its range.
 *
 * @example Store a schedule as JSON
 * ```ts
 * import { noiseSchedule } from "@codi/core/diffusion";
 * import { assertEquals } from "@std/assert";
 *
 * const schedule = noiseSchedule("cosine", { zeroTerminalSnr: true });
 * assertEquals(schedule.alphaBars[999], 0);
 *
 * const { name, parameters } = JSON.parse(JSON.stringify(schedule));
 * assertEquals(noiseSchedule(name, parameters), schedule);
 * ```
 */
export function noiseSchedule(
  name: NoiseScheduleName,
  options: NoiseScheduleOptions = {},
): NoiseSchedule {
  const { trainingSteps = 1000, zeroTerminalSnr = false } = options;
  if (!Number.isInteger(trainingSteps) || trainingSteps < 2) {
    throw new RangeError(
      `Cannot make a noise schedule of "${trainingSteps}" training steps: it takes a whole number from 2`,
    );
  }
  if (!Object.hasOwn(betasByName, name)) {
    throw new RangeError(
      `Cannot make the noise schedule "${name}": it is none of ${
        Object.keys(betasByName).join(", ")
      }`,
    );
  }
  const range = betaRange(name, options);
  let betas = Float64Array.from({ length: trainingSteps }, betasByName[name](trainingSteps, range));
  let alphaBars = cumulate(betas);
  if (zeroTerminalSnr) {
    alphaBars = rescaleToZeroTerminalSnr(alphaBars);
    betas = alphaBars.map((alphaBar, t) => 1 - alphaBar / (t === 0 ? 1 : alphaBars[t - 1]!));
  }
  return { name, parameters: { trainingSteps, ...range, zeroTerminalSnr }, betas, alphaBars };
}

interface BetaRange {
  readonly betaStart: number;
  readonly betaEnd: number;
}

function betaRange(name: string, options: NoiseScheduleOptions): BetaRange | undefined {
  if (name === "cosine") {
    if (options.betaStart === undefined && options.betaEnd === undefined) return undefined;
    throw new RangeError(
      `Cannot give the cosine schedule the β range "${options.betaStart}" to "${options.betaEnd}": it has none, leave it out`,
    );
  }
  const { betaStart = 0.0001, betaEnd = 0.02 } = options;
  if (!(betaStart > 0 && betaStart <= betaEnd && betaEnd < 1)) {
    throw new RangeError(
      `Cannot make a noise schedule with β from "${betaStart}" to "${betaEnd}": it takes 0 < betaStart ≤ betaEnd < 1`,
    );
  }
  return { betaStart, betaEnd };
}

type Betas = (
  trainingSteps: number,
  range: BetaRange | undefined,
) => (_: unknown, t: number) => number;

const betasByName: Readonly<Record<NoiseScheduleName, Betas>> = {
  "linear": (trainingSteps, range) => {
    const { betaStart, betaEnd } = range!;
    return (_, t) => betaStart + (betaEnd - betaStart) * t / (trainingSteps - 1);
  },
  "scaled-linear": (trainingSteps, range) => {
    const start = Math.sqrt(range!.betaStart);
    const end = Math.sqrt(range!.betaEnd);
    return (_, t) => (start + (end - start) * t / (trainingSteps - 1)) ** 2;
  },
  "cosine": (trainingSteps) => {
    const alphaBar = (time: number) => Math.cos((time + 0.008) / 1.008 * Math.PI / 2) ** 2;
    return (_, t) =>
      Math.min(1 - alphaBar((t + 1) / trainingSteps) / alphaBar(t / trainingSteps), 0.999);
  },
};

function cumulate(betas: Float64Array): Float64Array {
  let alphaBar = 1;
  return betas.map((beta) => alphaBar *= 1 - beta);
}

/**
 * Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1:
 * √ᾱ is shifted so that it ends in zero and scaled so that its first value stays.
 */
function rescaleToZeroTerminalSnr(alphaBars: Float64Array): Float64Array {
  const roots = alphaBars.map(Math.sqrt);
  const first = roots[0]!;
  const last = roots.at(-1)!;
  return roots.map((root) => ((root - last) * first / (first - last)) ** 2);
}
