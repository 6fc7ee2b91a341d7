/**
 * How much more two readings agree than their frequencies alone would make them (Cohen, 1960):
 * (p − e) / (1 − e), where p is the share of equal pairs and e what independent readings with the
 * same frequencies give.
 *
 * @param pairs Both readings of each sample.
 * @returns 1 if all agree, 0 if no more than by chance, also if all readings are one value or there
 * are none, as nothing can be told then.
 */
export function cohenKappa(pairs: readonly (readonly [unknown, unknown])[]): number {
  const counts = new Map<unknown, [number, number]>();
  let equal = 0;
  for (const pair of pairs) {
    if (pair[0] === pair[1]) equal++;
    pair.forEach((value, side) => {
      const count = counts.get(value) ?? [0, 0];
      count[side]!++;
      counts.set(value, count);
    });
  }
  let chance = 0;
  for (const [first, second] of counts.values()) chance += first * second / pairs.length ** 2;
  return pairs.length === 0 || chance === 1 ? 0 : (equal / pairs.length - chance) / (1 - chance);
}

/**
 * Cohen's κ where the frequencies of readings differ from group to group: chance is what two different
 * samples of one group agree on.
 *
 * @param groups Both readings of each sample, group by group; groups of one drop out.
 * @returns 1 if all agree, 0 if no more than samples of their group do; NaN if all groups drop out, or
 * if two different samples of one group always agree.
 */
export function kappaWithin(groups: readonly (readonly (readonly [unknown, unknown])[])[]): number {
  let [equal, chance, total] = [0, 0, 0];
  for (const pairs of groups) {
    if (pairs.length < 2) continue;
    const matches = pairs.filter(([a, b]) => a === b).length;
    const seconds = Map.groupBy(pairs, ([, b]) => b);
    const all = pairs.reduce((sum, [a]) => sum + (seconds.get(a)?.length ?? 0), 0);
    equal += matches;
    chance += (all - matches) / (pairs.length - 1);
    total += pairs.length;
  }
  return (equal - chance) / (total - chance);
}

/**
 * Pairs whose second half belongs to another sample: the control that tells agreement from habit.
 * Within a group each second half moves on by one, so that all keep what they have in common; groups
 * of one drop out.
 *
 * @param pairs The pairs.
 * @param groupOf What both halves of a shuffled pair have in common.
 * @returns The shuffled pairs.
 */
export function shuffledPairs<T>(
  pairs: readonly (readonly [T, T])[],
  groupOf: (pair: readonly [T, T]) => unknown,
): (readonly [T, T])[] {
  return [...Map.groupBy(pairs, groupOf).values()].flatMap((group) =>
    group.length < 2
      ? []
      : group.map(([first], i) => [first, group[(i + 1) % group.length]![1]] as const)
  );
}

/**
 * How far a distribution is from an even one: half the sum of absolute differences.
 *
 * @param values What was seen.
 * @param all Every value there is.
 * @returns From 0, all equally often, to 1 − 1/n, always one of n.
 */
export function variationFromEven(
  values: readonly unknown[],
  all: readonly unknown[],
): number {
  return all.reduce<number>((total, one) => {
    const share = values.filter((value) => value === one).length / values.length;
    return total + Math.abs(share - 1 / all.length) / 2;
  }, 0);
}
