import type { Tensor } from "@codi/core/tensor";
import { PICTURE_SIDE } from "../draw.ts";
import { STROKE_SLOTS } from "../rhythms.ts";
import { readColor } from "./color_reader.ts";

const SIDE = PICTURE_SIDE;
const PLANE = SIDE * SIDE;

/** The columns that a frame's pixels are averaged to: noise weakens, and hops are vertical. */
const COLUMNS = 8;

/** The values of one row: all columns of red, green and blue. */
const ROW = 3 * COLUMNS;

/** The furthest that two frames' things are looked for above each other, in pixels. */
const REACH = 16;

/** The height that the landing squashes the thing to. */
const SQUASH = 0.8;

/** How much further up or down a landed thing may be, in pixels; its base is not exactly known. */
const SLACK = 3;

/** How many frames must show the thing upright on the ground, for clips that land and stand. */
const STANDING = 2;

/** How far off the ground the thing hops, in pixels; the lowest hop's first frame is at 3. */
const AIRBORNE = 1.5;

/** What moves in a clip. */
export interface Motion {
  /** How high the thing is above its place in every frame, in pixels. */
  readonly lifts: readonly number[];
  /** Whether it is squashed in every frame. */
  readonly squashed: readonly boolean[];
  /** The slots in which a hop begins. */
  readonly slots: readonly number[];
  /** How high each hop gets, in pixels. */
  readonly heights: readonly number[];
}

/** A frame without its background: rows of averaged columns, `REACH` empty rows above and below. */
function rowsOf(frame: Tensor): Float32Array {
  const rows = new Float32Array((SIDE + 2 * REACH) * ROW);
  const shade = readColor(frame).shade.map((value) => value / 127.5 - 1);
  const width = SIDE / COLUMNS;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const value = frame.data[c * PLANE + y * SIDE + x]! - shade[c]!;
        rows[(y + REACH) * ROW + c * COLUMNS + Math.floor(x / width)]! += value / width;
      }
    }
  }
  return rows;
}

/** The squared difference of two frames when the second is lifted by some rows. */
function difference(one: Float32Array, other: Float32Array, lift: number): number {
  // Rows that are shifted out of the other frame hold background alone.
  const from = Math.max(0, -lift) * ROW;
  const to = one.length - Math.max(0, lift) * ROW;
  const offset = lift * ROW;
  let sum = 0;
  for (let i = from; i < to; i++) sum += (one[i]! - other[i + offset]!) ** 2;
  return sum;
}

/** A frame's rows lifted by `lift` and squashed from there on, its base staying where it is. */
function squash(rows: Float32Array, lift: number): Float32Array {
  const height = rows.length / ROW;
  const energy = Array.from({ length: height }, (_, y) => {
    let sum = 0;
    for (let i = y * ROW; i < (y + 1) * ROW; i++) sum += rows[i]! ** 2;
    return sum;
  });
  const base = energy.findLastIndex((value) => value > 0.02 * Math.max(...energy)) + 1;
  const out = new Float32Array(rows.length);
  for (let y = 0; y < height; y++) {
    const source = base - (base - lift - y - 0.5) / SQUASH - 0.5;
    const above = Math.floor(source);
    if (above < 0 || above + 1 >= height) continue;
    const share = source - above;
    for (let i = 0; i < ROW; i++) {
      out[y * ROW + i] = (1 - share) * rows[above * ROW + i]! +
        share * rows[(above + 1) * ROW + i]!;
    }
  }
  return out;
}

/** Where the parabola through three values around a minimum is lowest, from −0.5 to 0.5. */
function vertex(before: number, least: number, after: number): number {
  const bend = before + after - 2 * least;
  return bend > 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0;
}

/** Where one frame stands relative to another. */
interface Match {
  /** The lift of the least difference. */
  readonly lift: number;
  /** The least difference. */
  readonly cost: number;
}

/** The best lift that is not below `lowest`. @param costs The difference at every whole lift. */
function bestOf(costs: Float64Array, lowest = -REACH): Match {
  let best = Math.max(lowest, 0) + REACH; // stays there where nothing is seen that could move
  for (let i = lowest + REACH; i < costs.length; i++) if (costs[i]! < costs[best]!) best = i;
  const inside = best > 0 && best < costs.length - 1;
  const between = inside ? vertex(costs[best - 1]!, costs[best]!, costs[best + 1]!) : 0;
  return { lift: best - REACH + between, cost: costs[best]! };
}

/** The difference of every frame to every other, at every whole lift. */
function allCosts(rows: readonly Float32Array[]): Float64Array[][] {
  const costs = rows.map(() => new Array<Float64Array>(rows.length));
  rows.forEach((one, i) => {
    for (let j = 0; j <= i; j++) {
      const of = Float64Array.from(
        { length: 2 * REACH + 1 },
        (_, k) => difference(one, rows[j]!, k - REACH),
      );
      costs[i]![j] = of;
      costs[j]![i] = of.toReversed();
    }
  });
  return costs;
}

const total = (matches: readonly Match[]): number =>
  matches.reduce((sum, { cost }) => sum + cost, 0);

/** The value with the smallest score. */
function least<T>(values: readonly T[], score: (value: T) => number): T {
  const scores = values.map(score);
  return values[scores.indexOf(Math.min(...scores))]!;
}

/** A frame's thing above the ground. */
interface Stance extends Match {
  /** Whether it is squashed. */
  readonly squashed: boolean;
}

/** How things stand if the ground is at a certain lift of the model. */
function stancesOn(
  ground: number,
  rows: readonly Float32Array[],
  model: Float32Array,
  costs: readonly Float64Array[],
): Stance[] {
  const landed = squash(model, ground);
  return rows.map((one, i) => {
    const upright = bestOf(costs[i]!, ground);
    let cost = Infinity;
    for (let slack = -SLACK; slack <= SLACK; slack++) {
      cost = Math.min(cost, difference(one, landed, slack));
    }
    return cost < upright.cost
      ? { cost, lift: 0, squashed: true }
      : { cost: upright.cost, lift: upright.lift - ground, squashed: false };
  });
}

const onGround = (stances: readonly Stance[]): Stance[] =>
  stances.filter(({ lift, squashed }) => !squashed && Math.abs(lift) <= AIRBORNE);

/**
 * Reads how the thing of a clip hops. All frames are compared with the one that fits the others best
 * when it is moved up or down. The ground is where frames that are lower than all others are best
 * explained by a landing thing.
 *
 * @param frames The 16 frames, each [3, 64, 64].
 */
export function readMotion(frames: readonly Tensor[]): Motion {
  const rows = frames.map(rowsOf);
  const costs = allCosts(rows);
  const model = least(
    [...rows.keys()],
    (candidate) => total(rows.map((_, i) => bestOf(costs[i]![candidate]!))),
  );
  const toModel = costs.map((row) => row[model]!);
  const grounds = new Set(toModel.map((one) => Math.round(bestOf(one).lift)));
  const explained = [...grounds].map((ground) => stancesOn(ground, rows, rows[model]!, toModel));
  const supported = explained.filter((stances) => onGround(stances).length >= STANDING);
  const stances = least(supported.length > 0 ? supported : explained, total);
  // The ground was taken at a whole pixel.
  const low = onGround(stances).map(({ lift }) => lift).sort((a, b) => a - b);
  const ground = low[low.length >> 1] ?? 0;
  const lifts = stances.map(({ lift, squashed }) => squashed ? 0 : lift - ground);
  return { lifts, squashed: stances.map(({ squashed }) => squashed), ...hopsOf(lifts) };
}

/** Where hops begin, and how high they get. */
function hopsOf(lifts: readonly number[]): Pick<Motion, "slots" | "heights"> {
  const slots: number[] = [];
  lifts.forEach((lift, frame) => {
    const before = lifts[frame - 1] ?? 0;
    const apart = frame - (slots.at(-1) ?? -STROKE_SLOTS) >= STROKE_SLOTS;
    // A thing that did not quite land begins the next hop where it goes up again.
    const takesOff = before <= AIRBORNE || (apart && lift > before + AIRBORNE);
    if (lift > AIRBORNE && takesOff) slots.push(frame);
  });
  const heights = slots.map((slot) => Math.max(lifts[slot]!, lifts[slot + 1] ?? 0));
  return { slots, heights };
}
