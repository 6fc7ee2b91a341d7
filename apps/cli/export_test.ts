import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { load } from "@codi/core/generation";
import type { AnyModality } from "@codi/core/modality";
import * as ort from "onnxruntime-node";
import type { CommandContext } from "./command.ts";
import { namesIn, type Ran, randomModalities, runOne, testFolder } from "./_testing.ts";
import { exportNetworks } from "./export/export.ts";

function run(modalities: readonly AnyModality[], ...args: string[]): Promise<Ran> {
  const command = (rest: readonly string[], given: CommandContext) =>
    exportNetworks(rest, given, modalities);
  return runOne({ export: command }, ["export", ...args]);
}

Deno.test("export writes ONNX files that other programs run to the same numbers", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const image = modalities[1]!;
  const out = join(folder.path, "onnx");
  const all = await run(modalities, "image", "--batch=2", "--out", out);
  assertEquals([all.code, all.reported], [0, ""]);
  const names = ["prompt-encoder", "encoder", "decoder", "diffusion"];
  assertEquals(
    await namesIn(out),
    names.flatMap((name) => [`image.${name}.json`, `image.${name}.onnx`]).sort(),
  );
  const manifest = JSON.parse(await Deno.readTextFile(join(out, "image.prompt-encoder.json")));
  assertEquals(manifest.inputs, { picture: { shape: [2, 3, 64, 64], dtype: "float32" } });
  assertEquals([manifest.batch, manifest.space], [2, "band-1"]);
  const diffusion = JSON.parse(await Deno.readTextFile(join(out, "image.diffusion.json")));
  assertEquals([diffusion.prediction, diffusion.schedule.name], ["v", "cosine"]);

  const session = await ort.InferenceSession.create(join(out, "image.prompt-encoder.onnx"));
  const data = Float32Array.from({ length: 2 * 3 * 64 * 64 }, (_, i) => Math.sin(i / 7));
  const { embedding } = await session.run({
    picture: new ort.Tensor("float32", data, [2, 3, 64, 64]),
  });
  await session.release();
  await using codi = await load(modalities, { session: { threads: 1 } });
  const second = { shape: [3, 64, 64], data: data.slice(3 * 64 * 64) };
  const expected = await codi.embed(image.prompt(second));
  const actual = (embedding!.data as Float32Array).slice(256);
  expected.forEach((value, i) => assertAlmostEquals(actual[i]!, value, 1e-4));
});

Deno.test("export leaves out what is not trained, and names what is wrong on one line", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const path = (name: string) => join(folder.path, `${name}.safetensors`);
  const out = join(folder.path, "onnx");
  const given = ["image", "decoder", "--weights", path("image.autoencoder"), "--out", out];
  assertEquals((await run(modalities, ...given)).printed.split("\n").length, 3);
  const cases: [number, string[], RegExp][] = [
    [2, [], /^Cannot export "": modalities are text or image$/],
    [2, ["video"], /^Cannot export "video": the plugin "@codi\/video" is missing; add it with/],
    [2, ["image", "renderer"], /^Cannot export "renderer" of "image": its networks are prompt-enc/],
    [2, ["image", "--batch", "0"], /^Cannot use --batch "0": it is a whole number from 1 to 1024$/],
    [2, ["image", "--weights", "x"], /^Cannot use --weights "x" without one network to export$/],
    [1, ["image", "diffusion", "--weights", path("none")], /^Cannot export from ".*": it does not/],
    [
      1,
      ["image", "diffusion", "--weights", path("image.autoencoder")],
      /^Cannot export the image UNet from ".*": Cannot load weights: \d+ missing/,
    ],
  ];
  for (const [code, args, message] of cases) {
    const result = await run(modalities, ...args, "--out", out);
    assertEquals(result.code, code, result.reported);
    assert(message.test(result.reported.trimEnd()), result.reported);
  }
  await Deno.remove(path("image.diffusion"));
  const rest = await run(modalities, "image", "--out", out);
  assertEquals([rest.code, rest.reported], [0, 'Left out "diffusion": it is not trained\n']);
});
