/**
 * The name someone may have meant: the nearest by edit distance, if no more than a third of the
 * letters differ.
 *
 * @param name What was typed.
 * @param names What there is.
 * @returns The nearest name, or undefined if none is near.
 */
export function similarName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of names) {
    const distance = editDistance(name, candidate);
    if (distance < least && distance <= Math.max(1, candidate.length / 3)) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** How many letters must be added, dropped, changed or swapped with the next (Damerau, 1964). */
function editDistance(a: string, b: string): number {
  if (a.length > 64) return Infinity;
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(
        changed,
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        swapped ? rows[i - 2]![j - 2]! + 1 : Infinity,
      ));
    }
  }
  return rows[a.length]![b.length]!;
}
