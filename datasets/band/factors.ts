import type { ColorName } from "./colors.ts";
import type { Contour } from "./held_out.ts";
import type { Rhythm, StrokeCount } from "./rhythms.ts";
import type { Register, Scene } from "./scene.ts";
import type { StyleName } from "./styles.ts";
import type { ThingName } from "./things.ts";

/** A factor that captions can mention. */
export type FactorName = "thing" | "color" | "count" | "contour" | "register";

/** The factors that captions can mention, in a fixed order. */
export const FACTOR_NAMES: readonly FactorName[] = [
  "thing",
  "color",
  "count",
  "contour",
  "register",
];

/** What a caption says: the value of each factor, or undefined if it is not mentioned. */
export interface CaptionFactors {
  /** The thing. */
  readonly thing: ThingName | undefined;
  /** The background colour. */
  readonly color: ColorName | undefined;
  /** The number of strokes. */
  readonly count: StrokeCount | undefined;
  /** How the pitch moves. */
  readonly contour: Contour | undefined;
  /** Where in the thing's range it plays. */
  readonly register: Register | undefined;
}

/** Every factor of a scene, with those that no caption mentions. */
export interface Factors extends CaptionFactors {
  /** The thing. */
  readonly thing: ThingName;
  /** The background colour. */
  readonly color: ColorName;
  /** The number of strokes. */
  readonly count: StrokeCount;
  /** The art set; only pictures and clips show it. */
  readonly style: StyleName;
  /** The slots that hold a stroke; only clips and sounds show it. */
  readonly rhythm: Rhythm;
}

/**
 * The factors of a scene, without its nuisances.
 *
 * @param scene The scene.
 * @returns Its factors; contour and register are undefined where they mean nothing.
 */
export function factorsOf(scene: Scene): Factors {
  const { thing, color, count, contour, register, style, rhythm } = scene;
  return { thing, color, count, contour, register, style, rhythm };
}

/**
 * What a caption of a scene says that mentions certain factors.
 *
 * @param scene The scene.
 * @param mention The factors to mention; those that mean nothing in the scene drop out.
 * @returns The mentioned factors' values, the others undefined.
 */
export function mentioned(scene: Scene, mention: readonly FactorName[]): CaptionFactors {
  const { thing, color, count, contour, register } = scene;
  const has = (name: FactorName) => mention.includes(name);
  return {
    thing: has("thing") ? thing : undefined,
    color: has("color") ? color : undefined,
    count: has("count") ? count : undefined,
    contour: has("contour") ? contour : undefined,
    register: has("register") ? register : undefined,
  };
}

/**
 * The factors that are mentioned by what a caption says.
 *
 * @param factors What the caption says.
 * @returns The names of the mentioned factors, in the order of {@linkcode FACTOR_NAMES}.
 */
export function mentionOf(factors: CaptionFactors): readonly FactorName[] {
  return FACTOR_NAMES.filter((name) => factors[name] !== undefined);
}

/**
 * A key that is equal for captions that say the same in any words. Contrastive losses use it to
 * mask negatives that are none.
 *
 * @param scene The scene.
 * @param mention The factors its caption mentions.
 * @returns The key, for example `"thing=trumpet color=- count=3 contour=rising register=-"`.
 */
export function canonicalCaption(scene: Scene, mention: readonly FactorName[]): string {
  const factors = mentioned(scene, mention);
  return FACTOR_NAMES.map((name) => `${name}=${factors[name] ?? "-"}`).join(" ");
}
