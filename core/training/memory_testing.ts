/**
 * Takes training steps on a small network and prints the memory that the process holds, as lines of
 * the step and the bytes: at an early step and at the last. The arguments are both steps; left out, 200
 * and 2000.
 */
// deno-lint-ignore-file no-console

import { input, mse } from "../graph/mod.ts";
import { Scope, unet } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { elementCount, tensor } from "../tensor/mod.ts";
import { openTrainer } from "./mod.ts";

const [early = 200, last = 2000] = Deno.args.map(Number);
const shapes = { z: [8, 2, 8, 8], timestep: [8], condition: [8, 16], target: [8, 2, 8, 8] };

const scope = new Scope();
const prediction = unet(scope, {
  z: input("z", shapes.z),
  timestep: input("timestep", shapes.timestep),
  condition: input("condition", shapes.condition),
}, {
  widths: [16, 24],
  attention: [false, true],
  depth: 1,
  patch: 2,
  heads: 2,
  timeWidth: 16,
  contextTokens: 2,
  contextWidth: 8,
});
const loss = mse(prediction, input("target", shapes.target));
await using trainer = await openTrainer(scope, { loss }, { steps: last }, {
  session: { threads: 1 },
});
for (let step = 1; step <= last; step++) {
  await trainer.advance(Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      tensor(shape, random(name, step).fillNormal(new Float32Array(elementCount(shape)))),
    ]),
  ));
  if (step % 50 === 0) await trainer.snapshot();
  if (step === early || step === last) console.log(`${step} ${Deno.memoryUsage().rss}`);
}
