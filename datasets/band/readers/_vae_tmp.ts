import { openArt } from "../art.ts";
import { drawScene } from "../draw.ts";
import { scene } from "../scene.ts";
import { openImageReader } from "./mod.ts";
import { openDevice } from "@codi/core/runtime";
import { Scope } from "@codi/core/nn";
import { buildProgram, input } from "@codi/core/graph";
import { tensor } from "@codi/core/tensor";
import { readWeights } from "@codi/core/weights";
import { decoder, encoder } from "../../../plugins/image/vae.ts";
import { random } from "@codi/core/random";
import { add, mul } from "@codi/core/graph";
const art = await openArt();
await using device = openDevice({ threads: 1 });
const s = new Scope();
const B = 32;
const x = input("picture", [B, 3, 64, 64]);
const noise = input("noise", [B, 4, 16, 16]);
const { tensors } = await readWeights(Deno.args[1]!);
const run = await device.load(
  buildProgram({ y: decoder(s.at("decoder"), add(encoder(s.at("encoder"), x).mean, noise)) }, {
    weights: tensors,
  }),
);
for (const file of Deno.args[0]!.split(",")) {
  await using reader = await openImageReader({
    device,
    weights: (await readWeights(file)).tensors,
  });
  for (const level of [0, 0.3, 0.6]) {
    let t = 0, st = 0, c = 0, n = 0, err = 0;
    for (let k = 0; k < 512; k += B) {
      const scenes = Array.from({ length: B }, (_, i) => scene("test", 5000 + k + i));
      const p = tensor([B, 3, 64, 64]);
      scenes.forEach((one, i) => drawScene(one, art, p.data, { offset: i * 12288 }));
      const e = tensor(
        [B, 4, 16, 16],
        random(3, k).fillNormal(new Float32Array(B * 1024)).map((v) => v * level),
      );
      const { y } = await run.run({ picture: p, noise: e });
      for (let i = 0; i < p.data.length; i++) {
        err += (p.data[i]! - y!.data[i]!) ** 2 / p.data.length;
      }
      const r = await reader.read(y!);
      r.forEach((one, i) => {
        n++;
        t += +(one.thing === scenes[i]!.thing);
        st += +(one.style === scenes[i]!.style);
        c += +(one.color === scenes[i]!.color);
      });
    }
    console.log(
      file.slice(-30),
      "latent noise",
      level,
      "psnr",
      (10 * Math.log10(4 / (err / (512 / B)))).toFixed(1),
      "thing",
      (100 * t / n).toFixed(1),
      "style",
      (100 * st / n).toFixed(1),
      "color",
      (100 * c / n).toFixed(1),
    );
  }
}
