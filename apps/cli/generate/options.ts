import { MIXING_RULES, USUAL_MIXING } from "@codi/core/conditioning";
import { samplers } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import { z } from "zod";
import { decimal, oneOf, type OptionSpec, whole } from "../command_line.ts";

const FLAG = z.literal(true).optional();

/** What the options of `generate` may be, beside those that give prompts. */
export const SCHEMA = z.object({
  out: z.string().min(1, { error: "it is a folder" }).optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  steps: whole(1, 1000).default(25),
  sampler: oneOf(Object.keys(samplers)).default("dpm++"),
  guidance: z.array(z.string()).default([]),
  candidates: z.array(z.string()).default([]),
  mixing: oneOf(MIXING_RULES).default(USUAL_MIXING),
  count: whole(1, 1000).default(1),
  threads: whole(1, 256).optional(),
  weight: z.array(decimal(0.001, 1000)).optional(),
  format: z.array(z.string()).default([]),
  set: z.array(z.string()).default([]),
  follow: z.array(z.string()).default([]),
  keep: z.array(z.string()).default([]),
  environment: z.array(z.string()).default([]),
  json: FLAG,
  quiet: FLAG,
  open: FLAG,
  replay: z.string().min(1, { error: "it is a file" }).optional(),
});

/** Options of `generate` beside those that give prompts. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  weight: { type: "string", multiple: true },
  to: { type: "string", multiple: true },
  format: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  follow: { type: "string", multiple: true },
  keep: { type: "string", multiple: true },
  environment: { type: "string", multiple: true },
  out: { type: "string" },
  count: { type: "string" },
  seed: { type: "string" },
  steps: { type: "string" },
  guidance: { type: "string", multiple: true },
  candidates: { type: "string", multiple: true },
  mixing: { type: "string" },
  sampler: { type: "string" },
  threads: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  open: { type: "boolean" },
  replay: { type: "string" },
};

/** Whether an option of `generate` has a name, so that no modality can: each brings one of its own. */
export function isOption(name: string): boolean {
  return Object.hasOwn(OPTIONS, name) || /^(negative(-.*)?|help)$/.test(name);
}

/** Whether prompts of a modality are words on the command line instead of files. */
export function isWords(modality: AnyModality): boolean {
  return modality.codec.reads.includes("text/plain");
}

/** The modalities that can be generated. */
export function outputsOf(modalities: readonly AnyModality[]): string[] {
  return modalities.filter(({ diffusion, autoencoder }) => diffusion && autoencoder)
    .map(({ name }) => name);
}

/**
 * The options that give prompts.
 *
 * @param modalities The installed modalities.
 * @returns What each option gives, by its name.
 */
export function promptOptions(
  modalities: readonly AnyModality[],
): Map<string, { modality: AnyModality; negative: boolean }> {
  const options = new Map<string, { modality: AnyModality; negative: boolean }>();
  for (const modality of modalities) options.set(modality.name, { modality, negative: false });
  for (const modality of modalities) {
    const name = modality.bridge ? "negative" : `negative-${modality.name}`;
    options.set(name, { modality, negative: true });
  }
  return options;
}
