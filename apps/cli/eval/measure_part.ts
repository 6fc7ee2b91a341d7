import type { Lab } from "./lab.ts";
import type { Found, Measure, Part, Scale } from "./part.ts";
import { TimeOverError } from "./pieces.ts";
import { measurePieces, PIECE, piecesOf, runTrial, type TrialPiece, whyNot } from "./run_trial.ts";
import type { Sampled, Trial } from "./trial.ts";

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

/** What a part sees of a lab. */
export function labOf({ guest }: Part, lab: Lab): Lab {
  return guest === undefined ? lab : { ...lab, ...lab.withGuests };
}

/**
 * What a part asks for, and what of it cannot be had.
 *
 * @param part The part.
 * @param scale How much is measured.
 * @param whole What it works with.
 * @param only The names of the trials to look at; all if undefined.
 * @returns The plan.
 */
export function planPart(
  part: Part,
  scale: Scale,
  whole: Lab,
  only: readonly string[] | undefined,
): PartPlan {
  const lab = labOf(part, whole);
  const missing: Record<string, string> = {};
  const keep = <T>(all: Readonly<Record<string, T>>, why: (one: T) => string | undefined) =>
    Object.fromEntries(
      Object.entries(all).filter(([name, one]) => {
        const reason = why(one);
        if (reason !== undefined) missing[name] = reason;
        return reason === undefined;
      }),
    );
  const asked = Object.entries(part.trials?.(scale) ?? {})
    .map(([name, trial]): [string, Trial] => [name, shareOfTrial(trial, scale.share)]);
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

/** A share of a trial's samples, in whole pieces so that a larger share uses them again. */
function shareOfTrial(trial: Trial, share: number): Trial {
  const count = PIECE * Math.ceil((share * trial.count) / PIECE);
  return { ...trial, count: Math.min(trial.count, count) };
}

/** Which weights are missing: those of a modality, or of one of its parts. */
function whyNotMeasure({ digests }: Lab, { weights = [] }: Measure): string | undefined {
  const paths = weights.filter((path) => !PARTS.has(path)).flatMap((path) =>
    path.includes("/")
      ? [path]
      : ["promptEncoder", "autoencoder", "diffusion"].map((part) => `${path}/${part}`)
  );
  const missing = paths.find((path) => digests[path] === undefined);
  return missing === undefined ? undefined : `${missing} is not trained`;
}

/** Parts of modalities: a measure hangs on those of every modality, as far as they are there. */
const PARTS: ReadonlySet<string> = new Set(["promptEncoder", "autoencoder", "environment"]);

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
 * @param whole What it works with.
 * @param counted Pieces that another part has counted already; those of this one are added.
 * @returns The estimate.
 */
export async function estimatePart(
  { part, trials, measures }: PartPlan,
  whole: Lab,
  counted: Set<string> = new Set(),
): Promise<PartEstimate> {
  const lab = labOf(part, whole);
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

/** What {@linkcode measurePart} is told. */
export interface MeasurePartOptions {
  /** How much is measured. */
  readonly scale: Scale;
  /** Told how many of how many seconds are over. */
  readonly show: (done: number, total: number) => void;
  /** The most seeds of each trial. @default {all} */
  readonly seeds?: number;
}

/**
 * Measures all that a part asks for, the first seed of everything before the second of anything. Once the
 * time is over, only what was measured before is looked at.
 *
 * @param plan What it asks for.
 * @param whole What it works with.
 * @param options How much is measured, and who is told.
 * @returns What was found.
 * @throws {TimeOverError} If the time is over before anything is measured.
 */
export async function measurePart(
  { part, trials, measures, missing }: PartPlan,
  whole: Lab,
  { scale, show, seeds = Infinity }: MeasurePartOptions,
): Promise<Found> {
  const lab = labOf(part, whole);
  const asked = Object.entries(trials);
  const rounds = Math.min(seeds, Math.max(0, ...asked.map(([, trial]) => trial.seeds)));
  const pieces = Map.groupBy(different(asked.flatMap(([, trial]) => piecesOf(lab, trial))), seedOf);
  const total = sum(Object.values(measures), ({ seconds }) => seconds) +
    sum([...pieces], ([seed, some]) => seed < rounds ? sum(some, ({ seconds }) => seconds) : 0);
  let done = 0;
  const advance = (seconds: number) => show(done += seconds, total);
  show(0, total);
  let [all, found] = [0, 0];
  const samples: Record<string, Sampled[]> = {};
  const crew = lab.crew.map((one) => labOf(part, one));
  for (let seed = 0; seed < rounds; seed++) {
    await measurePieces(crew, pieces.get(seed) ?? [], advance);
    for (const [name, trial] of asked.filter(([, trial]) => seed < trial.seeds)) {
      const some = await runTrial(lab, trial, seed);
      all++;
      if (some.whole) found++;
      if (some.samples.length > 0) samples[name] = [...samples[name] ?? [], ...some.samples];
    }
  }
  const measured: Record<string, unknown> = {};
  for (const [name, measure] of Object.entries(measures)) {
    lab.signal.throwIfAborted();
    all++;
    try {
      measured[name] = await lab.pieces.measure(pieceOf(part, name, measure, lab));
      found++;
      advance(measure.seconds);
    } catch (error) {
      if (!(error instanceof TimeOverError)) throw error;
    }
  }
  const some = Object.keys(samples).length + Object.keys(measured).length;
  if (all > 0 && some === 0) throw new TimeOverError("The minutes are over");
  const later = asked.some(([, trial]) => trial.seeds > rounds);
  const unfinished = found < all || later
    ? [
      shareDone("samples", Object.values(samples).flat().length, sum(asked, sizeOf)),
      shareDone("other measurements", Object.keys(measured).length, Object.keys(measures).length),
    ].filter((text) => text !== undefined).join(" and ")
    : undefined;
  return { samples, measured, missing, unfinished, joined: lab.joined, scale };
}

/** Pieces of which no two are equal. */
function different(pieces: readonly TrialPiece[]): TrialPiece[] {
  return [...new Map(pieces.map((piece) => [JSON.stringify(piece.options), piece])).values()];
}

/** The seed of a piece's samples. */
function seedOf({ asked }: TrialPiece): number {
  return asked[0]!.seed;
}

/** How many samples a trial has. */
function sizeOf([, { seeds, count }]: readonly [string, Trial]): number {
  return seeds * count;
}

/** How many of some things are done; undefined if there are none. */
function shareDone(what: string, done: number, all: number): string | undefined {
  return all === 0 ? undefined : `${done} of ${all} ${what} are done`;
}

function sum<T>(some: readonly T[], valueOf: (one: T) => number): number {
  return some.reduce((total, one) => total + valueOf(one), 0);
}
