import type { Tensor } from "@codi/core/tensor";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openArt } from "./art.ts";
import { drawClip } from "./clip.ts";
import { bandDataset } from "./dataset.ts";
import { parseCaption } from "./parse_caption.ts";
import { drawImage } from "./draw.ts";
import { scene } from "./scene.ts";
import type { SceneScore } from "./scene_drawer.ts";
import { drawSound } from "./sound/draw_sound.ts";
import { openSounds } from "./sound/sounds.ts";
import { registerOfKeys } from "./sound/strokes.ts";

const art = await openArt({ things: ["bell"], styles: ["noto"] });
const only = { things: ["bell"] as const, styles: ["noto"] as const };
const dataset = bandDataset(art, only);

Deno.test("bandDataset() gives one scene in every modality", async () => {
  assertEquals(dataset.modalities, ["image", "video", "audio", "score"]);
  const one = scene("train", 5, only);
  const held = scene("held-out", 5, only);
  assertEquals(await dataset.sample("image", "train", 5), drawImage(one, art));
  assertEquals(await dataset.sample("video", "train", 5), drawClip(one, art));
  assertEquals(await dataset.sample("video", "test", 5), drawClip(held, art));
  const sounds = await openSounds();
  assertEquals(await dataset.sample("audio", "train", 5), drawSound(one, sounds));
  assertEquals((await dataset.sample("audio", "test", 5) as Tensor).shape, [32_000]);
  const { thing, strokes } = await dataset.sample("score", "test", 5) as SceneScore;
  assertEquals(thing, "bell");
  assertEquals(strokes.map(({ slot }) => slot), held.rhythm);
  assertEquals(registerOfKeys("bell", strokes.map(({ pitch }) => pitch)), held.register);
});

Deno.test("bandDataset() rejects a sample when the modality is none of the band's", async () => {
  for (const name of ["smell", "text", "toString"]) {
    await assertRejects(() => dataset.sample(name, "train", 0), RangeError, `"${name}"`);
  }
});

Deno.test("bandDataset() captions mention all they can when asked to", () => {
  for (let wording = 0; wording < 20; wording++) {
    const { text } = dataset.caption("train", 0, wording, true);
    const { color, count, contour, register } = parseCaption(text)!;
    const one = scene("train", 0, only);
    assertEquals([color, count, contour, register], [
      one.color,
      one.count,
      one.contour,
      one.register,
    ]);
  }
});

Deno.test("bandDataset() compares captions with a scene by what the modality shows", () => {
  const count = (index: number) => scene("train", index, only).count;
  const register = (index: number) => scene("train", index, only).register;
  const sayCount = Array.from({ length: 99 }, (_, wording) => dataset.caption("train", 0, wording))
    .find(({ text }) => /\b(once|one|single|twice|two|three|four|times)\b/.test(text))!;
  const other = Array.from({ length: 99 }, (_, i) => i).find((i) => count(i) !== count(0))!;
  assert(dataset.describes(sayCount, "video", "train", 0));
  assert(!dataset.describes(sayCount, "video", "train", other));
  assert(!dataset.describes(sayCount, "audio", "train", other));
  const sameColor = bandDataset(art, { ...only, colors: [scene("train", 0, only).color] });
  assert(sameColor.describes(sayCount, "image", "train", other));
  assert(register(0) !== undefined);
});
