/** A link of a Markdown file to another file, or to a heading. */
export interface MarkdownLink {
  /** The line it stands in, from 1. */
  readonly line: number;
  /** What it points to, as it is written. */
  readonly target: string;
}

/**
 * The links and pictures of a Markdown text that point into the repository; code is left out.
 *
 * @param text The text.
 * @returns The links, in order.
 */
export function markdownLinks(text: string): MarkdownLink[] {
  return linesOfProse(text).flatMap((prose, index) =>
    [...prose.replace(/`[^`]*`/g, "").matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)]
      .map(([, target]) => ({ line: index + 1, target: target! }))
      .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
  );
}

/**
 * The anchors of a Markdown text's headings, as GitHub makes them.
 *
 * @param text The text.
 * @returns The anchors; those of equal headings are numbered.
 */
export function markdownAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const prose of linesOfProse(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(prose)?.[1];
    if (heading === undefined) continue;
    const slug = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
    let anchor = slug;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${slug}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The lines of a text; those of code blocks are empty. */
function linesOfProse(text: string): string[] {
  let fence: string | undefined;
  return text.split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = mark;
      return mark === undefined ? line : "";
    }
    if (mark !== undefined && mark.startsWith(fence)) fence = undefined;
    return "";
  });
}
