import { gradients, groupNorm, input, layerNorm, mul, sum, transpose, type Value } from "./mod.ts";
import { openRun } from "./session_testing.ts";

for (const [batch, channels, side] of [[64, 128, 8], [32, 96, 16]] as const) {
  for (const innermost of [false, true]) {
    const map = (name: string) =>
      innermost
        ? transpose(input(name, [channels, side, side, batch]), [3, 0, 1, 2])
        : input(name, [batch, channels, side, side]);
    const restored = (value: Value) => innermost ? transpose(value, [1, 2, 3, 0]) : value;
    const sources = [map("x"), input("scale", [channels]), input("shift", [channels])] as const;
    const y = groupNorm(sources[0], 16, sources[1], sources[2]);
    const [dx, dScale, dShift] = gradients(sum(mul(y, map("dy"))), sources);
    const size = `n${batch} ${channels} @${side}²`;
    const forward = await openRun({ y: restored(y) }, innermost);
    const both = await openRun(
      { y: restored(y), dx: restored(dx!), dScale: dScale!, dShift: dShift! },
      innermost,
    );
    const layout = innermost ? "batch innermost" : "as written";
    const options = { group: `groupNorm() ${size}`, baseline: !innermost };
    Deno.bench(`groupNorm() forward, ${layout}`, options, async () => {
      await forward();
    });
    Deno.bench(`groupNorm() forward and gradients, ${layout}`, {
      ...options,
      group: `${options.group}, gradients`,
    }, async () => {
      await both();
    });
  }
}

const tokens = [input("x", [64, 16, 144]), input("scale", [144]), input("shift", [144])] as const;
const y = layerNorm(...tokens);
const [dx, dScale, dShift] = gradients(sum(mul(y, input("dy", y.shape))), tokens);
const forward = await openRun({ y }, false);
const both = await openRun({ y, dx: dx!, dScale: dScale!, dShift: dShift! }, false);
Deno.bench("layerNorm() forward", { group: "layerNorm()", baseline: true }, async () => {
  await forward();
});
Deno.bench("layerNorm() forward and gradients", { group: "layerNorm()" }, async () => {
  await both();
});
