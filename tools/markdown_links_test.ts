import { assertEquals } from "@std/assert";
import { markdownAnchors, markdownLinks } from "./markdown_links.ts";

Deno.test("markdownLinks() finds links and pictures in prose, not in code or to other sites", () => {
  const text = [
    "See [a](a.md), ![b](pictures/b.png) and [c](c.md#part).",
    "[site](https://example.org) [mail](mailto:a@example.org) `[code](no.md)`",
    "```md",
    "[fenced](no.md)",
    "```",
    "[here](#there)",
  ].join("\n");
  assertEquals(markdownLinks(text), [
    { line: 1, target: "a.md" },
    { line: 1, target: "pictures/b.png" },
    { line: 1, target: "c.md#part" },
    { line: 6, target: "#there" },
  ]);
});

Deno.test("markdownAnchors() are GitHub's", () => {
  const text = [
    "# The book",
    "## Node? Bun? `deno compile`?",
    "## Prompts: the shared space (section 3.2)",
    "## Options",
    "## Options",
    "```sh",
    "# no heading",
    "```",
  ].join("\n");
  assertEquals([...markdownAnchors(text)], [
    "the-book",
    "node-bun-deno-compile",
    "prompts-the-shared-space-section-32",
    "options",
    "options-1",
  ]);
});
