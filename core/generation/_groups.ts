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
 * @throws {RangeError} If something is followed by none of the outputs.
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
  // What hears no other output is made as it is alone.
  const shifted = speakers.length > 1 ? listening : [];
  const shiftOf = (modality: AnyModality) =>
    shifted.includes(modality)
      ? settingOf(request.shift, modality.name) ?? modality.environment!.shift ?? 1
      : 1;
  const listeners = new Map(
    listening.map((modality): [string, Hearing] => {
      const heard = heardOf(modality, speakers, followed, request);
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

/**
 * Whom an output hears: the outputs it has learnt to hear, or all where none of these is there, and what
 * is followed.
 */
function heardOf(
  listener: AnyModality,
  speakers: readonly AnyModality[],
  followed: readonly AnyModality[],
  { hearing = "others" }: GenerateRequest,
): readonly AnyModality[] {
  if (hearing === "own") return [listener, ...followed];
  const { partners } = listener.environment!;
  const others = speakers.filter((one) => one !== listener);
  const known = others.filter(({ name }) => partners?.includes(name) ?? true);
  return [...(known.length > 0 ? known : others), ...followed];
}

/** The most that an output heeds what it hears at its own scale; undefined where that is its scale. */
function mostOf(
  { environment }: AnyModality,
  heard: readonly AnyModality[],
  leads: boolean,
): number | undefined {
  const { partners, timed } = environment!;
  const strangers = partners && !heard.some(({ name }) => partners.includes(name));
  // Of time all speak in the same slots, strangers too, once they are decided.
  const inTime = timed && heard.some(({ environment }) => environment!.timed);
  if (strangers && (leads || !inTime)) return STRANGERS;
  return leads ? LEADING : undefined;
}
