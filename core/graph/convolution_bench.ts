import { conv2d, gradients, input, mul, sum, transpose, type Value } from "./mod.ts";
import { openRun } from "./session_testing.ts";

// One 3×3 convolution, forward and both gradients, in both layouts; inputs and outputs lie in memory as
// the layout has them. `deno task bench` gives the same in GFLOP/s beside a MatMul.
for (const [batch, channels, side] of [[64, 128, 8], [64, 144, 4], [8, 128, 8]] as const) {
  for (const innermost of [false, true]) {
    const map = (name: string) =>
      innermost
        ? transpose(input(name, [channels, side, side, batch]), [3, 0, 1, 2])
        : input(name, [batch, channels, side, side]);
    const restored = (value: Value) => innermost ? transpose(value, [1, 2, 3, 0]) : value;
    const x = map("x");
    const weight = input("weight", [channels, channels, 3, 3]);
    const y = conv2d(x, weight, { padding: 1 });
    const [dx, dWeight] = gradients(sum(mul(y, map("dy"))), [x, weight]);
    for (
      const [part, value] of Object.entries({
        forward: restored(y),
        "d input": restored(dx!),
        "d weight": dWeight!,
      })
    ) {
      const run = await openRun({ value }, innermost);
      Deno.bench(`conv2d() ${part}, ${innermost ? "batch innermost" : "as written"}`, {
        group: `n${batch} ${channels}→${channels} @${side}² ${part}`,
        baseline: !innermost,
      }, async () => {
        await run();
      });
    }
  }
}
