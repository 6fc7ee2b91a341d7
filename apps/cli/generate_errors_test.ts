import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import sharp from "sharp";
import { type Command, UsageError } from "./command.ts";
import { namesIn, randomModalities, testContext, testFolder } from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import { generateHelp } from "./generate/help.ts";
import { planGeneration } from "./generate/plan.ts";
import { loadModalities } from "./modalities.ts";
import { runCommand } from "./run_command.ts";

/** A PNG file whose header claims other sides than it has. */
function withSides(png: Uint8Array<ArrayBuffer>, side: number): Uint8Array<ArrayBuffer> {
  const changed = png.slice();
  const view = new DataView(changed.buffer);
  view.setUint32(16, side);
  view.setUint32(20, side);
  let crc = 0xffffffff;
  for (const byte of changed.subarray(12, 29)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  view.setUint32(29, ~crc);
  return changed;
}

Deno.test("generate names what is wrong on one line and leaves nothing behind", async (t) => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const command: Command = {
    summary: "make",
    help: () => generateHelp(modalities),
    run: (args, context) => generate(args, context, modalities),
  };
  const path = (name: string) => join(folder.path, name);
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i) % 251);
  const raw = { width: 64, height: 64, channels: 3 } as const;
  const png = new Uint8Array(await sharp(noise, { raw }).png().toBuffer());
  await Deno.writeFile(path("truncated.png"), png.subarray(0, png.length / 2));
  await Deno.writeFile(path("bomb.png"), withSides(png, 60_000));
  await Deno.writeTextFile(path("text.png"), "this is no picture\nat all");
  await Deno.writeFile(path("empty.png"), new Uint8Array());
  await Deno.mkdir(path("folder.png"));
  await using file = await Deno.open(path("large.png"), { write: true, create: true });
  await file.truncate(65 * 1024 * 1024);

  const prompt = "a guitar";
  const cases: [number, string[], RegExp][] = [
    [
      2,
      [],
      /^Cannot generate without a prompt: say what to generate, in quotes, or name outputs with --to$/,
    ],
    [2, [""], /^Cannot generate from the empty prompt "": say what to generate$/],
    [2, ["--text", "  "], /^Cannot generate from the empty prompt "": say/],
    [2, ["--image", ""], /^Cannot use --image "": it is a file$/],
    [2, [prompt, "--sede", "1"], /^Cannot use --sede: did you mean --seed\?$/],
    [2, [prompt, "--frobnicate"], /^Cannot use --frobnicate: options are --text, --image, /],
    [2, [prompt, "-x"], /^Cannot use -x: options are /],
    [2, [prompt, "--__proto__=1"], /^Cannot use --__proto__: options are /],
    [2, [prompt, "--to", "smell"], /^Cannot generate "smell": --to takes image$/],
    [
      2,
      [prompt, "--to", "imag"],
      /^Cannot generate "imag": --to takes image; did you mean "image"\?$/,
    ],
    [2, [prompt, "--to", "image,"], /^Cannot generate "": --to takes image$/],
    [2, [prompt, "--to", "text"], /^Cannot generate "text": --to takes image$/],
    [2, [prompt, "--steps", "0"], /^Cannot use --steps "0": it is a whole number from 1 to 1000$/],
    [2, [prompt, "--steps", "2.5"], /^Cannot use --steps "2.5": it is a whole number/],
    [2, [prompt, "--count", "-3"], /^Cannot use --count "-3": it is a whole number from 1 to/],
    [
      2,
      [prompt, "--guidance", "x"],
      /^Cannot use --guidance "x": it is a number from 0 to 50, or an/,
    ],
    [2, [prompt, "--guidance", "NaN"], /^Cannot use --guidance "NaN": it is a number/],
    [2, [prompt, "--seed", "1e400"], /^Cannot use --seed "1e400": it is a whole number from 0$/],
    [2, [prompt, "--seed", "9".repeat(20)], /^Cannot use --seed "9+": it is a whole number/],
    [2, [prompt, "--seed", "1", "--seed", "2"], /^Cannot use --seed twice: give it once$/],
    [2, [prompt, "--seed"], /^Cannot use --seed without a value: give one, as /],
    [2, [prompt, "--json=yes"], /^Cannot use --json "yes": the option takes no value$/],
    [2, [prompt, "--sampler", "plms"], /^Cannot use --sampler "plms": it is ddpm, .* or unipc$/],
    [
      2,
      [prompt, "--set", "image"],
      /^Cannot use --set "image": it takes an output's name, a setting/,
    ],
    [2, [prompt, "--set", "image.hue=1"], /^Cannot use --set "image.hue=1": there are no settings/],
    [2, [prompt, "--mixing", "max"], /^Cannot use --mixing "max": it is unit, sum or tokens$/],
    [2, [prompt, "--weight", "0"], /^Cannot use --weight "0": it is a number from 0.001 to 1000$/],
    [2, ["--weight", "2", prompt], /^Cannot use --weight "2": it stands right after the prompt/],
    [1, ["--image", path("truncated.png")], /^Cannot read the image ".*truncated.png": \S/],
    [1, ["--image", path("bomb.png")], /^Cannot read the image ".*bomb.png": .*pixel limit$/],
    [1, ["--image", path("text.png")], /^Cannot read the image ".*text.png": .*format$/],
    [1, ["--image", path("empty.png")], /^Cannot read the image ".*empty.png": \S/],
    [1, ["--image", path("folder.png")], /^Cannot read the image ".*": it is a folder$/],
    [1, ["--image", path("large.png")], /^Cannot read the image ".*": it has 68157440 bytes, at/],
    [1, ["--image", path("none.png")], /^Cannot read the image ".*none.png": it does not exist$/],
    [1, ["--negative-image", path("none.png")], /^Cannot read the image ".*none.png": it does/],
  ];
  const out = path("new/out");
  for (const [code, args, message] of cases) {
    await t.step(args.map((arg) => arg.slice(0, 40)).join(" ") || "nothing", async () => {
      const context = testContext();
      assertEquals(
        await runCommand(["make", ...args, "--out", out], { make: command }, context),
        code,
      );
      const line = context.reported();
      assert(line.endsWith("\n") && !line.slice(0, -1).includes("\n"), line);
      assert(message.test(line.slice(0, -1)), line);
      assertEquals(context.printed(), "");
      assertEquals(await namesIn(path("new")), []);
    });
  }

  const fails = async (args: string[], message: RegExp) => {
    const context = testContext();
    const all = ["make", prompt, "--seed", "1", "--steps", "1", "--threads", "1", ...args];
    assertEquals(await runCommand(all, { make: command }, context), 1);
    assert(message.test(context.reported()), context.reported());
    assertEquals(context.reported().trimEnd().split("\n").length, 1);
  };

  await t.step("a file where the folder should be", async () => {
    await fails(["--out", path("text.png")], /^Cannot write to the folder ".*text.png": \S/);
    await fails(["--out", path("text.png/deep")], /^Cannot write to .*: a part of its path is a/);
  });

  await t.step("a folder where the picture should be", async () => {
    await Deno.mkdir(path("taken/image.png"), { recursive: true });
    await fails(["--out", path("taken")], /^Cannot write ".*taken\/image.png": \S/);
    assertEquals(await namesIn(path("taken")), ["image.png"]);
  });

  await t.step("results that would take the place of what is read", async () => {
    await Deno.mkdir(path("here"));
    const given = path("here/image.png");
    await Deno.writeFile(given, png);
    await Deno.symlink(path("here"), path("there"));
    for (const read of [["--image", given], ["--keep", `image=${given}@0,0,32,64`]]) {
      const context = testContext();
      const all = ["make", prompt, ...read, "--out", path("there")];
      assertEquals(await runCommand(all, { make: command }, context), 2);
      assert(
        /^Cannot write ".*there\/image.png": this run reads it, .* with --out\n$/.test(
          context.reported(),
        ),
        context.reported(),
      );
    }
    assertEquals(await Deno.readFile(given), png);
    assertEquals(await namesIn(path("here")), ["image.png"]);
  });

  await t.step("weights that are truncated, of another network, or missing", async () => {
    const weights = path("image.diffusion.safetensors");
    const whole = await Deno.readFile(weights);
    await Deno.writeFile(weights, whole.subarray(0, whole.length - 100));
    await fails(["--out", out], /^Cannot read ".*image.diffusion.safetensors": \S/);
    await Deno.copyFile(path("image.autoencoder.safetensors"), weights);
    await fails(["--out", out], /^Cannot load weights: \d+ missing/);
    await Deno.remove(weights);
    await fails(["--out", out], /^Cannot use the diffusion of "image": .* is missing; train it/);
    assertEquals(await namesIn(path("new")), []);
  });
});

Deno.test("runCommand() explains what there is", async () => {
  const command: Command = {
    summary: "make things",
    help: () => "Usage: make\n",
    run: () => Promise.resolve(),
  };
  const help = testContext();
  assertEquals(await runCommand(["--help"], { make: command }, help), 0);
  assert(help.printed().includes("make  make things"));
  const nothing = testContext();
  assertEquals(await runCommand([], { make: command }, nothing), 2);
  assertEquals([nothing.printed(), nothing.reported()], ["", help.printed()]);
  for (const flag of ["-h", "--help"]) {
    const one = testContext();
    assertEquals(await runCommand(["make", "a", flag], { make: command }, one), 0);
    assertEquals(one.printed(), "Usage: make\n");
  }
  const unknown = testContext();
  assertEquals(await runCommand(["mkae"], { make: command }, unknown), 2);
  assertEquals(unknown.reported(), 'Cannot run "mkae": did you mean "make"?\n');
  const foreign = testContext();
  assertEquals(await runCommand(["toString"], { make: command }, foreign), 2);
  assertEquals(foreign.reported(), 'Cannot run "toString": commands are make\n');
});

Deno.test("deno task generate ends with the exit code and without a stack trace", async () => {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["task", "--quiet", "generate", "a guitar", "--steps", "many"],
    cwd: fromFileUrl(new URL("../../", import.meta.url)),
  }).output();
  const decoder = new TextDecoder();
  assertEquals(
    decoder.decode(stderr),
    'Cannot use --steps "many": it is a whole number from 1 to 1000\n',
  );
  assertEquals([code, decoder.decode(stdout)], [2, ""]);
});

Deno.test("planGeneration() makes pictures of words and words of files, unless told otherwise", async () => {
  const modalities = await loadModalities(testContext());
  const to = (...args: string[]) => planGeneration(args, modalities).to;
  assertEquals(to("a guitar"), ["image"]);
  assertEquals(to("--audio", "a.wav"), ["text"]);
  assertEquals(to("--image", "a.png", "--video", "b.webm"), ["text"]);
  assertEquals(to("--image", "a.png", "in blue"), ["image"]);
  assertEquals(to("--follow", "image=a.png"), ["audio"]);
  assertEquals(to("--keep", "audio=a.wav@0-1"), ["audio"]);
  assertThrows(
    () => to("--keep", "audio=a.wav@mask.png"),
    UsageError,
    "parts of audio are told in words, as in audio=drums.wav@0-1; image can have a mask",
  );
  assertThrows(
    () => to("--keep", "text=a harp@0-1"),
    UsageError,
    'Cannot use --keep "text=a harp@0-1": text is made as a whole',
  );
  assertEquals(to("a guitar", "--to", "video,text", "--to", "video"), ["video", "text"]);
});

Deno.test("planGeneration() takes the settings that an output knows, and names them otherwise", async () => {
  const modalities = await loadModalities(testContext());
  const decoding = (...settings: string[]) => {
    const options = settings.flatMap((setting) => ["--set", setting]);
    return planGeneration(["a bell", "--to", "text,audio,image", ...options], modalities).decoding;
  };
  assertEquals(decoding("text.temperature=0.7", "text.topP=0.9", "audio.vocoder=griffin-lim"), {
    text: { temperature: 0.7, topP: 0.9 },
    audio: { vocoder: "griffin-lim" },
  });
  for (
    const [setting, message] of [
      [
        "text.temprature=1",
        'the settings of "text" are "temperature", "topP" and "beams"; did you mean text.temperature?',
      ],
      ["text.warmth=1", 'the settings of "text" are "temperature", "topP" and "beams"'],
      ["text.topP=2", "it takes a number above 0, to 1"],
      ["audio.vocoder=flute", 'it takes "griffin-lim" or "neural"'],
      ["audio.toString=1", 'the setting of "audio" is "vocoder"'],
      ["image.contrast=2", 'there are no settings of "image"'],
    ] as const
  ) {
    assertEquals(
      assertThrows(() => decoding(setting), UsageError).message,
      `Cannot use --set "${setting}": ${message}`,
    );
  }
});
