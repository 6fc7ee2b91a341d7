import { openArt } from "../art.ts";
import { STYLES } from "../styles.ts";
import { measureImageReader, openImageReader } from "./mod.ts";
import { openDevice } from "@codi/core/runtime";
import { readWeights } from "@codi/core/weights";
const art = await openArt({ styles: STYLES.map((s) => s.name) });
const { tensors } = await readWeights(Deno.args[0]!);
await using device = openDevice({ threads: 1 });
await using reader = await openImageReader({ device, weights: tensors });
const N = Number(Deno.args[1] ?? 2048);
const tally = (list: string[]) => {
  const m = new Map<string, number>();
  for (const l of list) m.set(l, (m.get(l) ?? 0) + 1);
  return [...m].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([k, v]) => `${k} ×${v}`).join("; ");
};
for (
  const [name, split, degradation] of [
    ["test", "test", {}],
    ["held-out", "held-out", {}],
    ["unseen", "unseen-style", {}],
    ["blur1", "test", { blur: 1 }],
    ["noise.1", "test", { noise: 0.1 }],
    ["both", "test", { blur: 1, noise: 0.1 }],
    ["held both", "held-out", { blur: 1, noise: 0.1 }],
    ["blur1.5", "test", { blur: 1.5 }],
  ] as const
) {
  const t = performance.now();
  const m = await measureImageReader(reader, { art, split, count: N, first: 10000, degradation });
  console.log(
    name,
    m.pictures,
    "thing",
    (100 * m.thing).toFixed(2),
    "style",
    (100 * m.style).toFixed(2),
    "color",
    (100 * m.color).toFixed(2),
    "dist",
    m.colorDistance.toFixed(1),
    (performance.now() - t).toFixed(0) + " ms",
  );
  console.log(
    "   thing:",
    tally(
      m.misread.filter(({ scene, reading }) => scene.thing !== reading.thing).map((
        { scene, reading },
      ) => `${scene.thing}→${reading.thing}`),
    ),
  );
  if (split !== "unseen-style") {
    console.log(
      "   style:",
      tally(
        m.misread.filter(({ scene, reading }) => scene.style !== reading.style).map((
          { scene, reading },
        ) => `${scene.style}→${reading.style} (${scene.thing})`),
      ),
    );
  }
  console.log(
    "   color:",
    tally(
      m.misread.filter(({ scene, reading }) => scene.color !== reading.color).map((
        { scene, reading },
      ) => `${scene.color}→${reading.color}`),
    ),
  );
}
