import { add, mapToTokens, reshape, tokensToMap } from "../graph/mod.ts";
import type { UnetOptions, UnetPlace } from "../nn/mod.ts";
import { environmentAttention, type EnvironmentMemory } from "./environment_attention.ts";
import { pooledEnvironment } from "./_pooled_environment.ts";

/** Where and how a UNet hears the other outputs. */
export interface UnetEnvironmentOptions {
  /** After which blocks. @default {in the middle and on the way up} */
  readonly at?: (place: UnetPlace) => boolean;
  /**
   * The slot of a place in a map; left out outside time.
   *
   * @param column From 0.
   * @param columns The width of the map.
   * @param frame Which of a sample's maps, from 0.
   * @returns The slot, in [0, SLOTS), with fractions between two.
   */
  readonly slotOf?: (column: number, columns: number, frame: number) => number;
  /** How many maps make one sample. @default {1} */
  readonly frames?: number;
  /** The hidden width of the feed-forward layers. @default {96} */
  readonly hidden?: number;
  /**
   * Whether what is heard as a whole is added to the embedded timestep, too, as the prompt is: it then
   * modulates every residual block, for 64 weights per channel of that.
   *
   * @default {false}
   */
  readonly pooled?: boolean;
}

/**
 * Environment attention for the two-dimensional UNet: layers named `environment` after its blocks, and
 * what is heard as a whole beside the embedded timestep.
 *
 * @param memory What is heard.
 * @param options Where, and where in time.
 * @returns What {@linkcode UnetOptions} take.
 */
export function unetEnvironment(
  memory: EnvironmentMemory,
  options: UnetEnvironmentOptions = {},
): Pick<UnetOptions, "after" | "time"> {
  const { at = ({ part }) => part !== "down", slotOf, frames = 1, hidden, pooled = false } =
    options;
  const after: UnetOptions["after"] = (scope, map, place) => {
    if (!at(place)) return map;
    const [maps, channels, height, width] = map.shape as [number, number, number, number];
    const pixels = height * width;
    const slots = slotOf &&
      Array.from(
        { length: frames * pixels },
        (_, token) => slotOf(token % width, width, Math.floor(token / pixels)),
      );
    const tokens = mapToTokens(map); // [maps, pixels, channels]
    const ofSamples = frames === 1
      ? tokens
      : reshape(tokens, [maps / frames, frames * pixels, channels]);
    const heard = environmentAttention(scope.at("environment"), ofSamples, memory, {
      ...(slots && { slotOf: slots }),
      ...(hidden !== undefined && { hidden }),
    });
    return tokensToMap(
      frames === 1 ? heard : reshape(heard, [maps, pixels, channels]),
      height,
      width,
    );
  };
  const time: UnetOptions["time"] = (scope, embedded) => {
    const [, width] = embedded.shape as [number, number];
    const heard = pooledEnvironment(scope.at("environment").at("pooled"), memory, width);
    const ofSamples = reshape(embedded, [-1, frames, width]);
    return reshape(add(ofSamples, reshape(heard, [-1, 1, width])), embedded.shape);
  };
  return { after, ...(pooled && { time }) };
}
