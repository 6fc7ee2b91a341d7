/**
 * What a recipe or request says, in a line.
 *
 * @param {{ prompts: readonly { text?: string, modality: string, negative: boolean }[] }} request The
 *   prompts.
 * @returns {string} The words, and the modalities of other prompts.
 */
export function captionOf({ prompts }) {
  const parts = prompts.filter(({ text }) => text?.trim() !== "").map(
    ({ text, modality, negative }) => {
      const said = text?.trim() ?? `a given ${modality}`;
      return negative ? `not ${said}` : said;
    },
  );
  return parts.length === 0 ? "out of nothing" : parts.join(" + ");
}
