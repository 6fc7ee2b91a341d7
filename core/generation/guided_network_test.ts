import { assertAlmostEquals } from "@std/assert";
import { type Environment, meanEnvironment, SLOTS } from "../environment/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { guidedNetwork } from "./_guided_network.ts";

/** What guidance makes of a network that predicts the sum of what it is given, and 0 beside it. */
async function guidedSum(
  { w, s, prompt = 100, negative, slots = false, timestep = 500, rescale }: {
    /** Prompt guidance. */
    readonly w: number;
    /** Environment guidance. */
    readonly s: number;
    /** What the prompt adds, null for none; a global adds 1, slots add 0.25. @default {100} */
    readonly prompt?: number | null;
    /** What the negative prompt adds. */
    readonly negative?: number;
    /** Whether what is heard lives in time. @default {false} */
    readonly slots?: boolean;
    readonly timestep?: number;
    readonly rescale?: number;
  },
): Promise<number> {
  const run = (feeds: Readonly<Record<string, { data: ArrayLike<number> }>>) => {
    const rows = feeds["present"]!.data.length;
    const prediction = tensor([rows, 2]);
    for (let row = 0; row < rows; row++) {
      const condition = Number(feeds["condition"]!.data[256 * row]);
      const heard = (flag: number) => Number(feeds["heard"]?.data[2 * row + flag] ?? 0);
      prediction.data[2 * row] = condition + heard(0) + 0.25 * heard(1);
    }
    return Promise.resolve({ prediction });
  };
  const network = { network: undefined!, run } as never;
  const said = (value: number) => {
    const mixed = new Float32Array(256).fill(value);
    return { mixed, prompts: [mixed], shares: [1] };
  };
  const environment: Environment = {
    global: tensor([1, 64]),
    ...(slots && { slots: tensor([1, SLOTS, 64]) }),
  };
  const guided = guidedNetwork(
    { network, joint: network, prompts: undefined, environment: s },
    { alphaBars: new Float64Array(1000).fill(0.9, 0, 400).fill(0.5, 400) } as never,
    {
      positive: [prompt === null ? undefined : said(prompt)],
      negative: [negative === undefined ? undefined : said(negative)],
    },
    { scale: w, ...(rescale !== undefined && { rescale }) },
    undefined,
  );
  return (await guided(tensor([1, 2]), timestep, meanEnvironment([environment], 1))).data[0]!;
}

Deno.test("guidedNetwork() combines prompt and environment as its formula says", async () => {
  for (const [w, s] of [[3, 1.5], [1, 1], [3, 0], [2, 2], [1, 2], [0, 0.5]] as const) {
    for (const negative of [undefined, 10]) {
      const prompts = (negative ?? 0) + w * (100 - (negative ?? 0));
      for (const slots of [false, true]) {
        const sum = (s: number) => prompts + Math.min(s, 1) + (slots ? 0.25 * s : 0);
        const as = { w, s, slots, rescale: 0, ...(negative !== undefined && { negative }) };
        assertAlmostEquals(await guidedSum(as), sum(s), 1e-4, JSON.stringify(as));
        const late = await guidedSum({ ...as, timestep: 300 }); // little noise is left
        assertAlmostEquals(late, sum(Math.min(s, 1)), 1e-4, JSON.stringify(as));
      }
    }
  }
});

Deno.test("guidedNetwork() heeds all that is heard by the whole scale where there is no prompt", async () => {
  for (const s of [0.5, 1, 4]) {
    const as = { w: 3, s, prompt: null, rescale: 0 };
    assertAlmostEquals(await guidedSum(as), s, 1e-4);
    assertAlmostEquals(await guidedSum({ ...as, slots: true }), 1.25 * s, 1e-4);
    const away = await guidedSum({ ...as, slots: true, negative: 10 });
    assertAlmostEquals(away, (1 - 3) * 10 + 1.25 * s, 1e-4);
  }
});

Deno.test("guidedNetwork() rescales where others are heard, unless told otherwise", async () => {
  const [w, s] = [3, 2];
  const guided = 100 * w + 1;
  assertAlmostEquals(await guidedSum({ w, s }), 0.7 * 101 + 0.3 * guided, 1e-3);
  assertAlmostEquals(await guidedSum({ w, s, rescale: 1 }), 101, 1e-3);
  assertAlmostEquals(await guidedSum({ w, s: 0 }), 100 * w, 1e-3); // nothing is heard
});
