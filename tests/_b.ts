import { input, mse, buildProgram, gradients, parameterCount } from "@codi/core/graph";
import { Scope, unet } from "@codi/core/nn";
import { openTrainer } from "@codi/core/training";
import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { random } from "@codi/core/random";
const batch = Number(Deno.args[0] ?? 32);
const config = { widths: [128, 160], depth: 2, attention: [false, true], patch: 2, heads: 4, timeWidth: 256, contextTokens: 4, contextWidth: 128 };
const scope = new Scope();
const make = (n: number) => unet(scope, { z: input("z", [n, 4, 16, 16]), timestep: input("t", [n]), condition: input("c", [n, 256]) }, config);
const y = make(batch);
const loss = mse(y, input("target", [batch, 4, 16, 16]));
const r = random(1);
const feeds = (n: number) => ({ z: tensor([n, 4, 16, 16], r.fillNormal(new Float32Array(n * 1024))), t: tensor([n], new Float32Array(n).fill(500)), c: tensor([n, 256], r.fillNormal(new Float32Array(n * 256))) });
let t0 = performance.now();
const trainer = await openTrainer(scope, { loss }, { steps: 100 });
const size = trainer.slots.at(-1)!; console.log("params", (size.offset + size.length) / 1e6, "open ms", performance.now() - t0);
const f = { ...feeds(batch), target: tensor([batch, 4, 16, 16], r.fillNormal(new Float32Array(batch * 1024))) };
const times = [];
for (let i = 0; i < Number(Deno.args[1] ?? 12); i++) { t0 = performance.now(); const rep = await trainer.advance(f); times.push(performance.now() - t0); if (i % 5 == 0) console.log(i, rep.metrics); }
times.sort((a, b) => a - b); console.log("train step ms", times[0], times[times.length >> 1], "samples/s", batch / times[times.length >> 1]! * 1000);
await trainer.close();
const w = scope.initialWeights(0);
await using device = openDevice();
for (const n of [1, 2, 8]) {
  const y2 = make(n);
  const ex = await device.load(buildProgram({ y: y2 }, { weights: w }));
  const times = [];
  for (let i = 0; i < 30; i++) { t0 = performance.now(); await ex.run(feeds(n)); times.push(performance.now() - t0); }
  times.sort((a, b) => a - b); console.log("infer", n, times[0], times[times.length >> 1], ex.program.nodeCount);
}
