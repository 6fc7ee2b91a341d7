import { trigrams } from "./tokenizer.ts";

/**
 * The known words most like a given one: by shared trigrams (Dice's coefficient), and by how many
 * letters are wrong, since in short words one of them spoils most trigrams.
 *
 * @param word The word.
 * @param known Known words.
 * @param count How many at most.
 * @returns Those that may have been meant, best first.
 */
export function similarWords(word: string, known: readonly string[], count = 3): string[] {
  const grams = new Set(trigrams(word));
  const letters = [...word];
  const scored = known.map((candidate) => {
    const other = new Set(trigrams(candidate));
    const dice = (2 * other.intersection(grams).size) / (grams.size + other.size);
    const length = Math.max(letters.length, candidate.length);
    const wrong = wrongLetters(letters, [...candidate]);
    const isNear = dice > 0.25 || wrong <= Math.min(2, Math.floor(length / 3));
    return { candidate, score: isNear ? dice + 1 - Math.min(1, wrong / length) : 0 };
  });
  const near = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  return near.slice(0, count).map(({ candidate }) => candidate);
}

/**
 * Letters that are dropped, added, exchanged or swapped with their neighbour: the optimal string
 * alignment distance. Words whose lengths differ by more than two are not looked at.
 */
function wrongLetters(a: readonly string[], b: readonly string[]): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
        ? before[j - 2]! + 1
        : Infinity;
      row.push(Math.min(exchanged, swapped, last[j]! + 1, row[j - 1]! + 1));
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
