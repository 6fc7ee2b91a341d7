import type { Codi } from "@codi/core/generation";
import { findModality, type Prompt } from "@codi/core/modality";
import { loadWeights } from "@codi/core/weights";
import type { Description } from "./description.ts";
import type { Neighbourhood } from "./neighbourhood.ts";

/**
 * Describes a prompt: what it is cut into, what a user should know of it, and what lies near it.
 *
 * @param title What it is called.
 * @param prompt The prompt.
 * @param codi The modalities.
 * @param neighbourhood What it is compared with.
 * @returns Its description.
 */
export async function describePrompt(
  title: string,
  prompt: Prompt,
  codi: Codi,
  neighbourhood: () => Promise<Neighbourhood>,
): Promise<Description> {
  const { promptEncoder, weights } = findModality(codi.modalities, prompt.modality);
  const { metadata } = promptEncoder.tokens === undefined || weights.promptEncoder === undefined
    ? { metadata: {} }
    : await loadWeights(weights.promptEncoder);
  const tokens = promptEncoder.tokens?.(prompt.sample, metadata) ?? [];
  const notices = await codi.notices([prompt]);
  const near = await (await neighbourhood()).of(prompt);
  const unknown = tokens.filter(({ known }) => known === false);
  return {
    title,
    rows: [
      ...(tokens.length === 0
        ? []
        : [["tokens", tokens.map(({ text }) => text).join(" · ")]] as const),
      ...(unknown.length === 0 ? [] : [[
        "unknown",
        ...unknown.map(({ text, pieces }) => `${text}, read by its pieces ${pieces.join(" ")}`),
      ]] as const),
      ...(notices.length === 0 ? [] : [["notes", ...notices]] as const),
      ...Object.entries(near).filter(([, some]) => some.length > 0).map(([kind, some]) =>
        [
          `near ${kind}`,
          ...some.map(({ what, cosine }) => `${cosine.toFixed(2).padStart(5)}  ${what}`),
        ] as const
      ),
    ],
    json: { kind: "prompt", modality: prompt.modality, title, tokens, notices, near },
  };
}
