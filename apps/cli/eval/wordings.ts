import { captionWithFactors, type FactorName, mentioned, type Scene } from "@codi/band";

/** How a scene is put into words. */
export type Wording =
  /** In the grammar of the training captions. */
  | "band"
  /** In another grammar, which only this evaluation knows. */
  | "second grammar"
  /** As `band`, with two letters of each longer word changed over. */
  | "misspelt"
  /** As `band`, in capital letters. */
  | "capitals";

/** Sentences that no caption of the band is like; in braces, what is filled in. */
const FRAMES: readonly string[] = [
  "My neighbour owns {thing}{sound}, and the whole room behind it is {color}",
  "Please show me {thing}{sound} surrounded by nothing but {color}",
  "You can see {thing}{sound} with {color} all around it",
  "{color} everywhere, and in the middle of it {thing}{sound}",
  "Somebody painted everything {color} and put {thing} there{sound}",
  "Imagine {thing}{sound}; everything else should be {color}",
];

/** The same without a colour. */
const PLAIN_FRAMES: readonly string[] = [
  "My neighbour owns {thing}{sound}",
  "Please let me hear {thing}{sound}",
  "Imagine {thing}{sound}, and nothing else",
  "Somebody left {thing} over there{sound}",
];

const COUNTS = ["", "a single time", "two times", "three times", "four times"] as const;
const CONTOURS: Readonly<Record<string, string>> = {
  steady: "always at the same pitch",
  rising: "each time higher than before",
  falling: "each time lower than before",
};
const REGISTERS: Readonly<Record<string, string>> = {
  low: "deep down",
  middle: "neither high nor low",
  high: "way up high",
};

/**
 * A scene in words.
 *
 * @param scene The scene.
 * @param mention The factors to mention.
 * @param wording In which way.
 * @returns The sentence.
 */
export function wordsOf(
  scene: Scene,
  mention: readonly FactorName[],
  wording: Wording = "band",
): string {
  if (wording === "second grammar") return secondGrammar(scene, mention);
  const { text } = captionWithFactors(scene, { mention });
  if (wording === "capitals") return text.toUpperCase();
  return wording === "misspelt" ? text.split(" ").map(misspelt).join(" ") : text;
}

/** A word of five letters or more with its third and fourth changed over. */
function misspelt(word: string): string {
  return word.replace(/^(\w\w)(\w)(\w)(\w+\W*)$/, "$1$3$2$4");
}

function secondGrammar(scene: Scene, mention: readonly FactorName[]): string {
  const { thing, color, count, contour, register } = mentioned(scene, mention);
  const tones = [
    count && COUNTS[count],
    contour && CONTOURS[contour],
    register && REGISTERS[register],
  ].filter((part) => part !== undefined);
  const frames = color === undefined ? PLAIN_FRAMES : FRAMES;
  const article = thing && (/^[aeiou]/.test(thing) ? "an" : "a");
  const noun = thing === undefined
    ? "something"
    : ["maracas", "applause", "singing"].includes(thing)
    ? thing
    : `${article} ${thing}`;
  const text = frames[scene.index % frames.length]!
    .replace("{thing}", noun)
    .replace("{color}", color ?? "")
    .replace("{sound}", tones.length > 0 ? `, sounding ${tones.join(", ")},` : "")
    .replace(/,(?=$|[,;.])/g, "");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
