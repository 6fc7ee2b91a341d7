import type { Lab } from "./lab.ts";
import type { Found, Measure, Part, Scale } from "./part.ts";
import { piecesOf, runTrial, whyNot } from "./run_trial.ts";
import type { Trial } from "./trial.ts";

/** What a part asks of a lab. */
export interface PartPlan {
  /** The part. */
  readonly part: Part;
  /** The samples it looks at. */
  readonly trials: Readonly<Record<string, Trial>>;
  /** What else it measures. */
  readonly measures: Readonly<Record<string, Measure>>;
  /** What cannot be measured, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

/** How much of a part was measured before. */
export interface PartEstimate {
  /** About how many seconds the rest takes. */
  readonly seconds: number;
  /** The number of pieces. */
  readonly pieces: number;
  /** How many of them were measured before. */
  readonly known: number;
}

/**
 * What a part asks for, and what of it cannot be had.
 *
 * @param part The part.
 * @param scale How much is measured.
 * @param lab What it works with.
 * @param only The names of the trials to look at; all if undefined.
 * @returns The plan.
 */
export function planPart(
  part: Part,
  scale: Scale,
  lab: Lab,
  only: readonly string[] | undefined,
): PartPlan {
  const missing: Record<string, string> = {};
  const keep = <T>(all: Readonly<Record<string, T>>, why: (one: T) => string | undefined) =>
    Object.fromEntries(
      Object.entries(all).filter(([name, one]) => {
        const reason = why(one);
        if (reason !== undefined) missing[name] = reason;
        return reason === undefined;
      }),
    );
  const asked = Object.entries(part.trials?.(scale) ?? {});
  const trials = Object.fromEntries(
    asked.filter(([name]) => only === undefined || only.includes(name)),
  );
  return {
    part,
    trials: keep(trials, (trial) => whyNot(lab, trial)),
    measures: keep(part.measures?.(scale) ?? {}, (measure) => whyNotMeasure(lab, measure)),
    missing,
  };
}

/** Which weights are missing: those of a modality, or of one of its parts. */
function whyNotMeasure({ digests }: Lab, { weights = [] }: Measure): string | undefined {
  const paths = weights.filter((path) => !OPTIONAL.has(path)).flatMap((path) =>
    path.includes("/") || path === "promptEncoder"
      ? [path]
      : ["promptEncoder", "autoencoder", "diffusion"].map((part) => `${path}/${part}`)
  );
  const missing = paths.find((path) => path.includes("/") && digests[path] === undefined);
  return missing === undefined ? undefined : `${missing} is not trained`;
}

/** Weights that a measure hangs on if they are there. */
const OPTIONAL: ReadonlySet<string> = new Set(["environment"]);

/** The piece of a measure. */
function pieceOf(part: Part, name: string, measure: Measure, lab: Lab) {
  const { options, weights, seconds, run } = measure;
  const hangsOn = (path: string) =>
    weights === undefined || weights.some((one) => {
      const [modality, part] = path.split("/");
      return one === path || one === modality || one === part;
    });
  const digests = Object.entries(lab.digests).filter(([path]) => hangsOn(path));
  const { settings } = lab;
  return {
    kind: part.name,
    options: { name, options, settings, digests: Object.fromEntries(digests) },
    seconds,
    run: () => run(lab),
  };
}

/**
 * How long a part takes.
 *
 * @param plan What it asks for.
 * @param lab What it works with.
 * @param counted Pieces that another part has counted already; those of this one are added.
 * @returns The estimate.
 */
export async function estimatePart(
  { part, trials, measures }: PartPlan,
  lab: Lab,
  counted: Set<string> = new Set(),
): Promise<PartEstimate> {
  const pieces = [
    ...Object.values(trials).flatMap((trial) => piecesOf(lab, trial)),
    ...Object.entries(measures).map(([name, one]) => pieceOf(part, name, one, lab)),
  ];
  let [seconds, known] = [0, 0];
  for (const piece of pieces) {
    const key = JSON.stringify([piece.kind, piece.options]);
    if (counted.has(key) || await lab.pieces.has(piece)) known++;
    else seconds += piece.seconds;
    counted.add(key);
  }
  return { seconds, known, pieces: pieces.length };
}

/**
 * Measures all that a part asks for.
 *
 * @param plan What it asks for.
 * @param lab What it works with.
 * @param scale How much is measured.
 * @param show Told how many of how many seconds are over.
 * @returns What was found.
 * @throws {TimeOverError} If the time is over before all is measured.
 */
export async function measurePart(
  { part, trials, measures, missing }: PartPlan,
  lab: Lab,
  scale: Scale,
  show: (done: number, total: number) => void,
): Promise<Found> {
  const total = Object.values(measures).reduce((sum, { seconds }) => sum + seconds, 0) +
    Object.values(trials).flatMap((trial) => piecesOf(lab, trial))
      .reduce((sum, { seconds }) => sum + seconds, 0);
  let done = 0;
  const advance = (seconds: number) => show(done += seconds, total);
  show(0, total);
  const samples: Record<string, Found["samples"][string]> = {};
  for (const [name, trial] of Object.entries(trials)) {
    samples[name] = await runTrial(lab, trial, advance);
  }
  const measured: Record<string, unknown> = {};
  for (const [name, measure] of Object.entries(measures)) {
    lab.signal.throwIfAborted();
    measured[name] = await lab.pieces.measure(pieceOf(part, name, measure, lab));
    advance(measure.seconds);
  }
  return { samples, measured, missing, joined: lab.joined, scale };
}
