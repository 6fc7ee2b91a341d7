import { captionWithFactors } from "../caption.ts";
import { FACTOR_NAMES, factorsOf, mentionOf } from "../factors.ts";
import { stylesOf } from "../styles.ts";
import { THING_NAMES } from "../things.ts";
import { parse, printJson } from "./flags.ts";
import { SceneFlags, scenesOf } from "./scenes.ts";

/**
 * Prints, as JSON, how often each value of each factor occurs in a split, how many different rhythms
 * there are and how often each slot holds a stroke, how often captions mention each factor, and
 * which art sets draw each thing.
 *
 * @param args Flags `--split`, `--count`, `--first`, `--seed`, `--things`, `--styles`.
 * @throws {FlagError} If a flag is unknown or its value out of range.
 */
export function stats(args: readonly string[]): void {
  const flags = parse(SceneFlags, args);
  const scenes = scenesOf(flags, flags.count ?? 10_000);
  const values: Record<string, Record<string, number>> = {};
  const add = (factor: string, value: string | number) => {
    const counts = values[factor] ??= {};
    counts[value] = (counts[value] ?? 0) + 1;
  };
  const rhythms: Record<number, Set<string>> = {};
  const mentions: Record<string, number> = Object.fromEntries(FACTOR_NAMES.map((n) => [n, 0]));
  for (const one of scenes) {
    const { rhythm, ...factors } = factorsOf(one);
    for (const [factor, value] of Object.entries(factors)) add(factor, value ?? "none");
    for (const slot of rhythm) add("slot", slot);
    (rhythms[one.count] ??= new Set()).add(rhythm.join());
    for (const name of mentionOf(captionWithFactors(one).factors)) mentions[name]! += 1;
  }
  printJson({
    split: flags.split,
    scenes: scenes.length,
    values,
    rhythms: Object.fromEntries(
      Object.entries(rhythms).map(([count, { size }]) => [count, size]),
    ),
    mentions,
    drawings: Object.fromEntries(THING_NAMES.map((thing) => [thing, stylesOf(thing)])),
  });
}
