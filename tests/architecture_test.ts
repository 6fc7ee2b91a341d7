/**
 * Core knows no modality by name: what makes text, images, audio or video special stands in their
 * plugins, and a further modality joins by adding a folder. The examples in doc comments play the part
 * of a caller, and tests and benchmarks are callers, so these may name whatever they like.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const CORE = fromFileUrl(new URL("../core", import.meta.url));

/**
 * `image`, `audio` and `video` as words or parts of names; `text` as a name in quotes, since the word
 * has other uses.
 */
const NAMES = [
  /(?<![a-zA-Z])(image|audio|video)(?![a-z])/,
  /(Image|Audio|Video)(?![a-z])/,
  /(IMAGE|AUDIO|VIDEO)(?![a-z])/,
  /(["'`])text\1/,
];

/** The lines of a source file that name a modality. */
function namingLines(source: string): number[] {
  let isExample = false;
  return source.split("\n").flatMap((line, index) => {
    if (/^\s*\*\s*```/.test(line)) {
      isExample = !isExample;
      return [];
    }
    return !isExample && NAMES.some((name) => name.test(line)) ? [index + 1] : [];
  });
}

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sourcesIn(path);
    else if (name.endsWith(".ts") && !/_(test|testing|bench)\.ts$/.test(name)) yield path;
  }
}

Deno.test("namingLines() finds modalities in code and prose, not in examples", () => {
  const found = [
    'if (name === "image") {',
    "// as an image does",
    "const imageEncoder = 1;",
    "function toAudio() {}",
    "const VIDEO_FRAMES = 16;",
    " * Reads `audio/wav`.",
    'check("text");',
    " * @param name `text` or another one.",
  ];
  for (const line of found) assertEquals(namingLines(`\n${line}`), [2], line);
  const passed = [
    "// affine images of each other",
    "const text = await read(path);",
    'throw new Error("no text");',
    "const imagery = 1;",
    ' * ```ts\n * noise([1], { name: "image" });\n * ```',
  ];
  for (const line of passed) assertEquals(namingLines(line), [], line);
  assertEquals(namingLines(" * ```ts\n * x;\n * ```\n * An image."), [4], "after an example");
});

Deno.test("core knows no modality by name", async () => {
  const naming: string[] = [];
  let files = 0;
  for await (const path of sourcesIn(CORE)) {
    files++;
    const lines = namingLines(await Deno.readTextFile(path));
    naming.push(...lines.map((line) => `core${path.slice(CORE.length)}:${line}`));
  }
  assert(files > 50, `only ${files} files were looked at`);
  assertEquals(naming, []);
});
