import type { AnyModality } from "../modality/mod.ts";
import { hasEnvironment, trainedTogether } from "./_environments.ts";
import { type Output, settingOf } from "./_outputs.ts";
import type { Parts } from "./_parts.ts";
import type { GenerateRequest } from "./request.ts";

/**
 * The most that an output heeds the others at its own guidance scale: where all of them have more noise,
 * and where it has not learnt to hear any of them. Another scale changes these in proportion.
 */
const [LEADING, STRANGERS] = [2, 0.5] as const;

/** How an output hears others. */
export interface Hearing {
  /** The outputs that it hears, and what is followed. */
  readonly heard: readonly AnyModality[];
  /** Its environment guidance scale. */
  readonly scale: number;
  /** How much noise it has beside the others: the factor of σ/α at every step. */
  readonly shift: number;
}

/** Outputs that hear each other, or what is followed; or one output by itself. */
export interface Group {
  readonly outputs: readonly Output[];
  /** The outputs that hear others, by name. */
  readonly listeners: ReadonlyMap<string, Hearing>;
}

/**
 * Which outputs of a request are denoised together, since they hear each other (CoDi, section 3.4).
 *
 * @param parts The networks.
 * @param outputs All outputs.
 * @param followed The modalities of what they follow.
 * @param request How much outputs heed each other, and whom they hear.
 * @returns The groups; each output is in one of them.
 * @throws {RangeError} If something is followed by none of the outputs: they have no environment encoder,
 * or a scale of 0.
 */
export async function groupsOf(
  parts: Parts,
  outputs: readonly Output[],
  followed: readonly AnyModality[],
  request: GenerateRequest,
): Promise<Group[]> {
  const environmentOf = ({ name, environment }: AnyModality) =>
    settingOf(request.environment, name) ?? environment!.guidance;
  const declared = outputs.map(({ modality }) => modality).filter(hasEnvironment);
  if (followed.length > 0 && declared.length === 0) {
    throw new RangeError(
      `Cannot follow "${followed[0]!.name}": none of the outputs has an environment encoder`,
    );
  }
  const speakers = followed.length > 0 || declared.every((one) => environmentOf(one) === 0)
    ? declared
    : await trainedTogether(parts, declared);
  const listening = speakers.filter((modality) =>
    environmentOf(modality) !== 0 &&
    (followed.length > 0 || speakers.some((other) => other !== modality))
  );
  if (followed.length > 0 && listening.length === 0) {
    throw new RangeError(
      `Cannot follow "${followed[0]!.name}" with an environment scale of 0: leave the scale out`,
    );
  }
  // What hears no other output is made as it is alone.
  const shifted = speakers.length > 1 ? listening : [];
  const shiftOf = (modality: AnyModality) =>
    shifted.includes(modality)
      ? settingOf(request.shift, modality.name) ?? modality.environment!.shift ?? 1
      : 1;
  const listeners = new Map(
    listening.map((modality): [string, Hearing] => {
      const heard = heardOf(modality, { listening, speakers, followed }, request);
      // What is decided before all others hears little yet that is worth amplifying.
      const leads = followed.length === 0 &&
        heard.every((other) => shiftOf(other) > shiftOf(modality));
      const most = request.hearing === "own" ? undefined : mostOf(modality, heard, leads);
      const scale = environmentOf(modality);
      return [modality.name, {
        heard,
        scale: most === undefined
          ? scale
          : scale * Math.min(1, most / modality.environment!.guidance),
        shift: shiftOf(modality),
      }];
    }),
  );
  const together = outputs.filter(({ modality }) =>
    listening.length > 0 && speakers.includes(modality)
  );
  return [
    ...(together.length > 0 ? [{ outputs: together, listeners }] : []),
    ...outputs.filter((output) => !together.includes(output))
      .map((output) => ({ outputs: [output], listeners: new Map<string, Hearing>() })),
  ];
}

/** Whether an output has learnt to hear a modality. */
function hasLearnt({ environment }: AnyModality, { name }: AnyModality): boolean {
  return environment!.partners?.includes(name) ?? true;
}

/**
 * Whom an output hears: the outputs and what is followed, as far as it has learnt to hear them; all where
 * it has learnt none of these. What is followed and no output has learnt to hear, all hear.
 */
function heardOf(
  listener: AnyModality,
  { listening, speakers, followed }: {
    readonly listening: readonly AnyModality[];
    readonly speakers: readonly AnyModality[];
    readonly followed: readonly AnyModality[];
  },
  { hearing = "others" }: GenerateRequest,
): readonly AnyModality[] {
  if (hearing === "own") return [listener, ...followed];
  const others = [...speakers.filter((one) => one !== listener), ...followed];
  const known = others.filter((one) => hasLearnt(listener, one));
  if (known.length === 0) return others;
  const unheard = followed.filter((one) => !listening.some((other) => hasLearnt(other, one)));
  return [...known, ...unheard];
}

/** The most that an output heeds what it hears at its own scale; undefined where that is its scale. */
function mostOf(
  listener: AnyModality,
  heard: readonly AnyModality[],
  leads: boolean,
): number | undefined {
  const strangers = !heard.some((one) => hasLearnt(listener, one));
  // Of time all speak in the same slots, strangers too, once they are decided.
  const inTime = listener.environment!.timed && heard.some(({ environment }) => environment!.timed);
  if (strangers && (leads || !inTime)) return STRANGERS;
  return leads ? LEADING : undefined;
}
