import { attention, gradients, input, mul, sum } from "./mod.ts";
import { openRun } from "./session_testing.ts";

// Self-attention over 4×4 pixels, cross-attention to four context tokens, and a long sequence.
const sizes = [[64, 16, 16, 144], [64, 16, 4, 144], [8, 256, 256, 96]] as const;
for (const [batch, queries, keys, width] of sizes) {
  const sources = [
    input("query", [batch, queries, width]),
    input("key", [batch, keys, width]),
    input("value", [batch, keys, width]),
  ] as const;
  const y = attention(...sources, { heads: 4 });
  const [dq, dk, dv] = gradients(sum(mul(y, input("dy", y.shape))), sources);
  const group = `n${batch} ${queries}·${keys} tokens of ${width}`;
  const forward = await openRun({ y }, false);
  const both = await openRun({ y, dq: dq!, dk: dk!, dv: dv! }, false);
  Deno.bench(`attention() forward, ${group}`, { group, baseline: true }, async () => {
    await forward();
  });
  Deno.bench(`attention() forward and gradients, ${group}`, { group }, async () => {
    await both();
  });
}
