import { caption } from "./caption.ts";
import { drawClip } from "./clip.ts";
import { compose } from "./compose.ts";
import { drawScene, PICTURE_SIDE } from "./draw.ts";
import { drawing } from "./drawing.ts";
import { parseCaption } from "./parse_caption.ts";
import { scene } from "./scene.ts";

// A round blot, so that the bench needs no art set.
const bytes = new Uint8Array(4 * 128 * 128);
for (let i = 0; i < 128 * 128; i++) {
  const inside = Math.hypot(i % 128 - 63.5, Math.floor(i / 128) - 63.5) < 64;
  if (inside) bytes.set([200, 100, i % 256, 255], 4 * i);
}
for (let i = 2; i < bytes.length; i += 4) bytes[i] = Math.min(bytes[i]!, bytes[i + 1]!);
const blot = drawing("guitar", "noto", { width: 128, height: 128, pixels: bytes });
const art = { drawings: [blot], drawing: () => blot };
const plane = PICTURE_SIDE * PICTURE_SIDE;
const data = new Float32Array(3 * plane);
const scenes = Array.from({ length: 100 }, (_, i) => scene("train", i));
const captions = scenes.map((one) => caption(one));

Deno.bench("fill 100 pictures with colour alone", { group: "picture", baseline: true }, () => {
  const target = { data, offset: 0, planeStride: plane, width: 64, height: 64 };
  for (const _ of scenes) compose(blot, { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 }, [9, 9, 9], target);
});

Deno.bench("draw 100 pictures", { group: "picture" }, () => {
  for (const one of scenes) drawScene(one, art, data);
});

Deno.bench("draw 100 clips", { group: "picture" }, () => {
  for (const one of scenes) drawClip(one, art);
});

Deno.bench("make 100 scenes", { group: "words", baseline: true }, () => {
  for (let i = 0; i < 100; i++) scene("train", i);
});

Deno.bench("put 100 scenes into words", { group: "words" }, () => {
  for (const one of scenes) caption(one);
});

Deno.bench("read 100 captions", { group: "words" }, () => {
  for (const text of captions) parseCaption(text);
});
