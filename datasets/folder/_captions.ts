/** What the captions of a sample say, as far as that can be told from their words. */

/** A caption without what makes no difference: case, punctuation and blanks. */
export function captionKey(caption: string): string {
  const key = caption.normalize("NFKC").toLowerCase().replaceAll(/[\p{P}\s]+/gu, " ").trim();
  return key === "" ? caption : key;
}

/** The words of a caption, in lower case; soft hyphens and joiners, which are not drawn, part none. */
export function wordsOf(caption: string): string[] {
  const visible = caption.replaceAll("\u200b", " ")
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  return visible.normalize("NFKC").toLowerCase().normalize("NFKC")
    .match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*|[^\s\p{L}\p{M}\p{N}\p{P}\p{C}]\p{M}*/gu) ?? [];
}

/** The captions of a text: its lines but for empty ones. */
export function captionsOf(text: string): string[] {
  return text.split(/[\r\n\u2028\u2029]+/).map((line) => line.trim()).filter((line) => line !== "");
}
