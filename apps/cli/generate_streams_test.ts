import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import type { AnyModality } from "@codi/core/modality";
import sharp from "sharp";
import type { CommandContext } from "./command.ts";
import { namesIn, type Ran, randomModalities, runOne, testFolder } from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import { sha256 } from "./sha256.ts";

const QUICK = ["--steps=2", "--threads=1", "--seed=1"];

async function run(
  modalities: readonly AnyModality[],
  args: readonly string[],
  changes: Partial<CommandContext> = {},
): Promise<Ran & { readonly written: Uint8Array }> {
  const written: Uint8Array<ArrayBuffer>[] = [];
  const ran = await runOne(
    {
      generate: (rest, given) => generate(rest, given, modalities),
    },
    ["generate", ...args],
    {
      write: (bytes) => void written.push(Uint8Array.from(bytes)),
      ...changes,
    },
  );
  return { ...ran, written: new Uint8Array(await new Blob(written).arrayBuffer()) };
}

Deno.test("generate reads a prompt from standard input and writes to standard output", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const words = ["a guitar", ...QUICK];
  assertEquals((await run(modalities, [...words, "--out", out])).code, 0);
  const file = await Deno.readFile(join(out, "image.png"));

  const readInput = () => Promise.resolve(new TextEncoder().encode("a guitar\n"));
  const piped = await run(modalities, ["-", ...QUICK, "--out", "-"], { readInput });
  assertEquals([piped.code, piped.reported], [0, ""]);
  assertEquals(piped.written, file);
  assertEquals(await namesIn("-"), []);

  const picture = await run(modalities, ["--image", "-", "--to=image", ...QUICK, "--out", out], {
    readInput: () => Promise.resolve(file),
  });
  assertEquals(picture.code, 0, picture.reported);
  const { prompts } = JSON.parse(await Deno.readTextFile(join(out, "run.json")));
  assertEquals(prompts[0].sha256, await sha256(file));
});

Deno.test("generate refuses what standard streams cannot do", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const cases: [number, string[], RegExp, Partial<CommandContext>?][] = [
    [2, ["-", "--image", "-"], /^Cannot read standard input twice: give "-" once$/],
    [2, ["a", "--out", "-", "--json"], /^Cannot use --out "-" for standard output: --json writes/],
    [2, ["a", "--out", "-", "--count=2"], /^Cannot use --out "-" .*: it takes one output of one/],
    [2, ["a", "--out", "-"], /^Cannot use --out "-" on a terminal: /, { printsToTerminal: true }],
    [1, ["-"], /^Cannot generate from standard input: it is empty$/],
    [1, ["--image", "-"], /^Cannot read the image "-": the file is empty$/],
    [1, ["--image", "-"], /^Cannot read the image "-": it has more than the 5 bytes/, {
      readInput: () => Promise.reject(new RangeError("it has more than the 5 bytes that are read")),
    }],
  ];
  for (const [code, args, message, changes] of cases) {
    const result = await run(modalities, [...args, ...QUICK], changes);
    assertEquals(result.code, code, result.reported);
    assert(message.test(result.reported.trimEnd()), result.reported);
    assertEquals(result.written.length, 0);
  }
});

Deno.test("generate keeps finished samples when it is told to stop, and says so", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const interrupt = new AbortController();
  const paths: string[] = [];
  const result = await run(modalities, ["a guitar", ...QUICK, "--count=20", "--out", out], {
    columns: 60,
    signal: interrupt.signal,
    print: (text) => paths.push(text),
    // The third step of six is the first of the second eight samples.
    report: (text) => text.includes("3/6") && interrupt.abort(),
  });
  assertEquals(result.code, 130);
  const record = JSON.parse(await Deno.readTextFile(join(out, "run.json")));
  assertEquals([record.count, record.finished, record.outputs.length], [20, 8, 8]);
  const names = Array.from({ length: 8 }, (_, i) => `image-${i + 1}.png`);
  assertEquals(await namesIn(out), [...names, "run.json"].sort());
  assertEquals(paths.join(""), names.map((name) => `${out}/${name}\n`).join(""));

  const again = join(folder.path, "again");
  const replayed = await run(modalities, ["--replay", join(out, "run.json"), "--out", again]);
  assertEquals(replayed.code, 0, replayed.reported);
  assertEquals(replayed.reported, "All 8 files have the bytes of the recorded run\n");
});

Deno.test("generate --open shows every file", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const opened: string[] = [];
  const args = ["a guitar", ...QUICK, "--count=2", "--open", "--out", folder.path];
  const { code } = await run(modalities, args, {
    openFile: (path) => Promise.resolve(void opened.push(path)),
  });
  assertEquals(code, 0);
  assertEquals(opened, [1, 2].map((i) => join(folder.path, `image-${i}.png`)));
});

Deno.test("generate shows small pictures on a terminal that can", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  let time = 0;
  const counts: number[] = [];
  for (const pictures of ["kitty", "iterm2", "sixel"] as const) {
    let shown = "";
    const { code } = await run(modalities, ["a guitar", ...QUICK, "--out", folder.path], {
      columns: 60,
      pictures,
      now: () => time += 1000,
      report: (text) => void (shown += text),
    });
    assertEquals(code, 0);
    const sign = { kitty: "\x1b_Ga=T,f=100", iterm2: "\x1b]1337;File=inline=1", sixel: "\x1bPq" };
    counts.push(shown.split(sign[pictures]).length - 1);
    if (pictures !== "iterm2") continue;
    const png = Uint8Array.fromBase64(shown.match(/File=[^:]*:([\w+/=]*)/)![1]!);
    assertEquals((await sharp(png).metadata()).height, 64);
  }
  assert(counts.every((count) => count >= 2), `estimates and the sample: ${counts}`);
});

Deno.test("deno task generate takes a prompt and gives a picture through pipes", async () => {
  const child = new Deno.Command("deno", {
    args: ["task", "--quiet", "generate", "-", "--out=-", "--steps=1", "--threads=1", "--quiet"],
    cwd: fromFileUrl(new URL("../../", import.meta.url)),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("a yellow drum\n"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assertEquals((await sharp(stdout).metadata()).width, 64);
});
