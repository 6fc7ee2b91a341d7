/**
 * What was read for what, the most frequent first.
 *
 * @param pairs What was there and what was read instead.
 * @returns At most ten, such as `{ "bell as horn": 3 }`.
 */
export function confusions(
  pairs: readonly (readonly [actual: unknown, read: unknown])[],
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [actual, read] of pairs) {
    if (actual === read) continue;
    const pair = `${actual ?? "none"} as ${read ?? "none"}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 10));
}
