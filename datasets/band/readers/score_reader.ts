import type { Contour } from "../held_out.ts";
import type { Register } from "../scene.ts";
import type { SceneScore } from "../scene_drawer.ts";
import { registerOfKeys } from "../sound/strokes.ts";
import { type ThingName, thingOf } from "../things.ts";

/** What {@linkcode readScore} finds. */
export interface ScoreReading {
  /** What plays. */
  readonly thing: ThingName;
  /** How many strokes there are; no scene has more than four, but a generated score may. */
  readonly count: number;
  /** How the pitch moves; undefined if it does so in several ways, and of what has no pitch. */
  readonly contour: Contour | undefined;
  /** How high it is; undefined of what has no pitch. */
  readonly register: Register | undefined;
  /** The slots in which a stroke begins. */
  readonly slots: readonly number[];
}

/**
 * Reads a score. No network is needed, as everything can be read off it.
 *
 * @param score What is played, of at least one stroke, in the order of the slots.
 * @returns Thing, number, contour, register and slots.
 *
 * @example The score of a scene says what the scene says
 * ```ts
 * import { scene, scoreOf } from "@codi/band";
 * import { readScore } from "@codi/band/readers";
 * import { assertEquals } from "@std/assert";
 *
 * const one = scene("test", 0);
 * const { thing, count, contour, register } = readScore(scoreOf(one));
 * assertEquals([thing, count], [one.thing, one.count]);
 * assertEquals([contour, register], [one.contour, one.register]);
 * ```
 */
export function readScore({ thing, strokes }: SceneScore): ScoreReading {
  const { pitched } = thingOf(thing);
  const pitches = strokes.map(({ pitch }) => pitch);
  return {
    thing,
    count: strokes.length,
    contour: pitched ? contourOf(pitches) : undefined,
    register: pitched ? registerOfKeys(thing, pitches) : undefined,
    slots: strokes.map(({ slot }) => slot),
  };
}

/** How keys move: each step in the same direction, or in none. */
function contourOf(pitches: readonly number[]): Contour | undefined {
  const steps = pitches.slice(1).map((pitch, i) => Math.sign(pitch - pitches[i]!));
  const [first] = steps;
  if (first === undefined || steps.some((step) => step !== first)) return undefined;
  return first > 0 ? "rising" : first < 0 ? "falling" : "steady";
}
