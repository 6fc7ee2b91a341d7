import { assertAlmostEquals, assertEquals } from "@std/assert";
import { checkGradients } from "../../graph/finite_differences_testing.ts";
import { buildProgram, gradients, input } from "../../graph/mod.ts";
import { openDevice } from "../../runtime/mod.ts";
import { tensor } from "../../tensor/mod.ts";
import { denoisingLoss } from "./_denoising_loss.ts";

/** Two samples of two frames of two numbers. */
const SHAPE = [2, 2, 2];
const FEEDS = {
  prediction: tensor(SHAPE, Float32Array.of(3, 0, 1, 0, 2, 2, 0, 0)),
  target: tensor(SHAPE),
};

/** The loss and its gradient, by weight; undefined for none. */
async function losses(
  axis: number,
  weights: readonly (number | undefined)[],
): Promise<{ loss: number; gradient: number[] }[]> {
  await using device = openDevice({ threads: 1 });
  const [prediction, target] = [input("prediction", SHAPE), input("target", SHAPE)];
  return await Promise.all(weights.map(async (weight) => {
    const change = weight === undefined ? undefined : { axis, weight };
    const loss = denoisingLoss(prediction, target, change);
    const program = buildProgram({ loss, gradient: gradients(loss, [prediction])[0]! });
    const result = await (await device.load(program)).run(FEEDS);
    return { loss: result["loss"]!.data[0]!, gradient: [...result["gradient"]!.data] };
  }));
}

Deno.test("denoisingLoss() counts what differs from the mean along an axis so many times more", async () => {
  // Along frames the errors are 2 ± 1 and 0, then 1 ± 1 twice; along numbers they are 1.5 ± 1.5 and
  // 0.5 ± 0.5, then 2 and 0 alike.
  const all = (9 + 1 + 4 + 4) / 8;
  const changes = [(1 + 1 + 1 + 1 + 1 + 1) / 8, (2 * 2.25 + 2 * 0.25) / 8];
  for (const [axis, change] of changes.entries()) {
    for (const [place, { loss }] of (await losses(axis, [0, 1, 4])).entries()) {
      assertAlmostEquals(loss, all + [0, 1, 4][place]! * change, 1e-6, `${axis}, ${place}`);
    }
  }
});

Deno.test("denoisingLoss() is the mean squared error where changes count nothing more", async () => {
  const [none, nothing, some] = await losses(0, [undefined, 0, 4]);
  assertEquals(nothing, none);
  assertEquals(none!.gradient, [6, 0, 2, 0, 4, 4, 0, 0].map((twice) => twice / 8));
  // An error of 3 and 1 is 2 and 2, that stays, and ±1, that changes.
  assertEquals(some!.gradient.slice(0, 3), [(6 + 4 * 2) / 8, 0, (2 - 4 * 2) / 8]);
});

Deno.test("denoisingLoss() with changes agrees with finite differences", async () => {
  await using device = openDevice({ threads: 1 });
  for (const axis of [0, 1, 2]) {
    await checkGradients(device, {
      shapes: [[2, 3, 4, 2], [2, 3, 4, 2]],
      trace: (prediction, target) => denoisingLoss(prediction!, target!, { axis, weight: 4 }),
    });
  }
});
