import type { GalleryRow } from "../parts/gallery.ts";

/** A file of the gallery. */
export interface GallerySheet {
  /** Its name. */
  readonly name: string;
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The gallery's page in Markdown, and its pictures.
 *
 * @param rows The rows, by name.
 * @returns The page, whose pictures stand in a folder `gallery` beside it.
 */
export function galleryMarkdown(
  rows: Readonly<Record<string, GalleryRow>>,
): { readonly text: string; readonly sheets: readonly GallerySheet[] } {
  const sheets: GallerySheet[] = [];
  const lines = [
    "# Gallery",
    "",
    "Written by `deno task eval gallery`. Unselected: the first samples of seed 0 from sentences of " +
    "held-out scenes, in order, none left out, each as `generate` makes it. Clips are strips of their 16 " +
    "frames, sounds are log-mel spectrograms.",
    "",
  ];
  for (const [name, { prompts, sentences, sheet }] of Object.entries(rows)) {
    lines.push(`## ${name} from text`, "");
    if (sheet !== undefined) {
      const file = `${name.replaceAll(" + ", "_")}.webp`;
      sheets.push({ name: file, bytes: Uint8Array.fromBase64(sheet) });
      lines.push(`![The first ${prompts.length} samples](gallery/${file})`, "");
    }
    lines.push(
      ...prompts.map((prompt, i) =>
        `${i + 1}. ${prompt}${
          sentences[i] === undefined ? "" : ` → _${sentences[i] || "nothing"}_`
        }`
      ),
      "",
    );
  }
  return { text: `${lines.join("\n").trimEnd()}\n`, sheets };
}
