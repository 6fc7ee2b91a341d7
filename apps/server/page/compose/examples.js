/** Sentences that the shipped models understand. */
const EXAMPLES = [
  "three rising trumpet notes on a blue background",
  "a guitar on a yellow background",
  "four low drum strokes",
  "two falling bell notes on a purple background",
  "a violin with one high note, in front of a green wall",
  "an accordion on a pink background",
];

let next = Math.floor(Math.random() * EXAMPLES.length);

/**
 * Gives an example of words, each time another one.
 *
 * @returns {string} A sentence.
 */
export function nextExample() {
  next = (next + 1) % EXAMPLES.length;
  return EXAMPLES[next];
}
