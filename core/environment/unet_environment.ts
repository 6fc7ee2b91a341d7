import { mapToTokens, reshape, tokensToMap } from "../graph/mod.ts";
import type { UnetOptions, UnetPlace } from "../nn/mod.ts";
import { environmentAttention, type EnvironmentMemory } from "./environment_attention.ts";

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
}

/**
 * Environment attention for the two-dimensional UNet: layers named `environment` after its blocks.
 *
 * @param memory What is heard.
 * @param options Where, and where in time.
 * @returns What {@linkcode UnetOptions.after} takes.
 */
export function unetEnvironment(
  memory: EnvironmentMemory,
  options: UnetEnvironmentOptions = {},
): NonNullable<UnetOptions["after"]> {
  const { at = ({ part }) => part !== "down", slotOf, frames = 1, hidden } = options;
  return (scope, map, place) => {
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
}
