import { FACTOR_NAMES, type FactorName } from "./factors.ts";

/**
 * What happens, without the background. In braces, the slots: `a` noun with article, `T` noun before
 * a noun, `n` number, `x` times, `c` and `cc` contour before and after a noun, `r` and `rr` register
 * before and after a noun, `u` the word for strokes, `us` its plural, `one` its singular, and verbs:
 * `V` making (strokes), `Vs` makes, `do` sounding, `does` sounds.
 *
 * A pattern says exactly what its slots say: nothing plural where the number is left open, unless the
 * contour implies two strokes or more.
 */
export const EVENTS: readonly string[] = [
  // thing
  "{a}",
  "{a} {do}",
  "this is {a}",
  "there is {a}",
  "here is {a}",
  "just {a}",
  "the sound of {a}",
  // thing, number
  "{n} {T} {u}",
  "{a} {V} {n} {u}",
  "{a} {Vs} {n} {u}",
  "{a} {do} {x}",
  "{a} {does} {x}",
  "{a} heard {x}",
  "{n} {u} from {a}",
  "{n} {u} of {a}",
  "{a} with {n} {u}",
  // thing, contour
  "{c} {T} {us}",
  "{a} {V} {c} {us}",
  "{a} {Vs} {us} {cc}",
  "{us} of {a} {cc}",
  "a {c} line from {a}",
  "{a} {V} a {c} line",
  // thing, register
  "a {r} {T}",
  "a {r} {T} sound",
  "{a} {do} {rr}",
  "{a} {rr}",
  "{a} {does} {rr}",
  // thing, number, contour
  "{n} {c} {T} {us}",
  "{a} {V} {n} {c} {us}",
  "{a} {Vs} {n} {us} {cc}",
  "{n} {T} {us} {cc}",
  "{n} {c} {us} from {a}",
  "{a} with {n} {c} {us}",
  // thing, number, register
  "{n} {r} {T} {u}",
  "{a} {V} {n} {r} {u}",
  "{a} {Vs} {n} {u} {rr}",
  "{n} {T} {u} {rr}",
  "{n} {r} {u} from {a}",
  "{a} {do} {x} {rr}",
  // thing, contour, register
  "{r} {c} {T} {us}",
  "{a} {V} {r} {c} {us}",
  "{a} {Vs} {c} {us} {rr}",
  "{r} {us} of {a} {cc}",
  "a {c} line from {a} {rr}",
  // thing, number, contour, register
  "{n} {r} {c} {T} {us}",
  "{a} {V} {n} {r} {us} {cc}",
  "{a} {Vs} {n} {c} {us} {rr}",
  "{n} {c} {T} {us} {rr}",
  "{n} {r} {c} {us} from {a}",
  // the same without a thing
  "something",
  "a sound",
  "{n} {u}",
  "something heard {x}",
  "{c} {us}",
  "a {c} line",
  "{us} {cc}",
  "a {r} sound",
  "something {rr}",
  "{n} {c} {us}",
  "{n} {us} {cc}",
  "{n} {r} {u}",
  "{n} {u} {rr}",
  "{r} {c} {us}",
  "{c} {us} {rr}",
  "{n} {r} {c} {us}",
  "{n} {c} {us} {rr}",
];

/** Captions that mention the background: `e` is the event, `k` the colour. */
export const BACKGROUNDS: readonly string[] = [
  "{e} on a {k} background",
  "{e} on {k}",
  "{e} against {k}",
  "{e} against a {k} background",
  "{e} in front of a {k} wall",
  "{e} with a {k} background",
  "{e} and a {k} background",
  "{e}, the background is {k}",
  "on a {k} background, {e}",
  "on {k}, {e}",
  "in front of a {k} wall, {e}",
  "against {k}, {e}",
  "{k} background, {e}",
];

/** Captions that mention nothing but the background. */
export const BARE_BACKGROUNDS: readonly string[] = [
  "a {k} background",
  "a {k} wall",
  "the background is {k}",
];

/** A part of a pattern: a literal, or the slot it names. */
export interface Part {
  readonly text: string;
  readonly slot: boolean;
}

/** The parts of a pattern. */
export function partsOf(pattern: string): readonly Part[] {
  return pattern.split(/[{}]/).map((text, i) => ({ text, slot: i % 2 === 1 }))
    .filter(({ text }) => text !== "");
}

const FACTOR_OF: Readonly<Record<string, FactorName>> = {
  a: "thing",
  T: "thing",
  n: "count",
  x: "count",
  c: "contour",
  cc: "contour",
  r: "register",
  rr: "register",
  k: "color",
};

/** The factor a slot mentions, if it mentions any. */
export function factorOf(slot: string): FactorName | undefined {
  return FACTOR_OF[slot];
}

/** A key for a set of factors. */
export function setKey(factors: readonly FactorName[]): string {
  return FACTOR_NAMES.filter((name) => factors.includes(name)).join();
}

/** The events that mention exactly a set of factors, by the set's key. */
export const EVENTS_BY_FACTORS: ReadonlyMap<string, readonly string[]> = Map.groupBy(
  EVENTS,
  (pattern) => setKey(partsOf(pattern).flatMap(({ text, slot }) => slot && factorOf(text) || [])),
);
