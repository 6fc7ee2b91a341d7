import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { drawClip, drawSound, openArt, openSounds, scene } from "@codi/band";
import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import {
  cohenKappa,
  kappaWithin,
  shuffledPairs,
  variationFromEven,
} from "./eval/metrics/agreement.ts";
import { avAlign, motionPeaks, soundOnsets } from "./eval/metrics/av_align.ts";
import { bootstrap } from "./eval/metrics/bootstrap.ts";
import { frechetDistance } from "./eval/metrics/frechet.ts";
import { logSpectralDistance } from "./eval/metrics/log_spectral_distance.ts";
import { entropy, entropyWithin } from "./eval/statistics.ts";

Deno.test("bootstrap() gives the interval of a mean that the normal distribution gives", () => {
  const samples = new Float32Array(400);
  random("bootstrap test").fillNormal(samples);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const { value, low, high, of } = bootstrap([...samples], mean);
  assertEquals([value, of], [mean([...samples]), 400]);
  assertAlmostEquals(high - low, 2 * 1.96 / 20, 0.02);
  assert(low < value && value < high);
  assertEquals(bootstrap([...samples], mean), { value, low, high, of }, "one seed, one interval");
  assertEquals(bootstrap([], mean).value, NaN);
});

Deno.test("bootstrap() has entropies within their intervals, though draws have less", () => {
  const even = Array.from({ length: 288 }, (_, i) => String(i % 24));
  const { value, low, high } = bootstrap(even, entropy);
  assert(low < value && value < high, `${low} ${value} ${high}`);
  assertAlmostEquals(value, Math.log2(24), 1e-9);
});

Deno.test("cohenKappa() is that of Cohen's table, 0 by chance and 1 if all agree", () => {
  const pairs = (table: readonly (readonly number[])[]) =>
    table.flatMap((row, a) =>
      row.flatMap((count, b) => new Array<readonly [number, number]>(count).fill([a, b]))
    );
  // 20 + 15 agree of 50: p 0.7, chance 0.5.
  assertAlmostEquals(cohenKappa(pairs([[20, 5], [10, 15]])), 0.4, 1e-12);
  assertAlmostEquals(cohenKappa(pairs([[8, 8], [8, 8]])), 0, 1e-12);
  assertEquals(cohenKappa(pairs([[5, 0], [0, 3]])), 1);
  assertEquals([cohenKappa(pairs([[9]])), cohenKappa([])], [0, 0], "one value tells nothing");
});

Deno.test("shuffledPairs() changes partners within groups, and drops groups of one", () => {
  const pairs = [[1, 10], [2, 20], [11, 30], [3, 40]] as const;
  const group = ([first]: readonly [number, number]) => first > 10;
  assertEquals(shuffledPairs(pairs, group), [[1, 20], [2, 40], [3, 10]]);
});

Deno.test("variationFromEven() is 0 for equal shares and 1 − 1/n for one value", () => {
  assertEquals(variationFromEven(["a", "b", "b", "a"], ["a", "b"]), 0);
  assertEquals(variationFromEven(["a", "a"], ["a", "b", "c", "d"]), 0.75);
});

Deno.test("avAlign() counts each peak once, and defines what has no peaks", () => {
  assertEquals(avAlign([1, 5, 9], [1, 6, 8]), 1);
  assertEquals(avAlign([1, 5, 9], [3, 7]), 0);
  assertEquals(avAlign([4], [3, 5]), 1 / 2, "a second motion has no sound of its own");
  assertEquals(avAlign([3, 5], [4]), 1 / 2, "nor has a second sound a motion");
  assertEquals([avAlign([], []), avAlign([1], []), avAlign([], [1])], [1, 0, 0]);
});

Deno.test("soundOnsets() and motionPeaks() find the strokes of real scenes", async () => {
  const [art, sounds] = [await openArt(), await openSounds()];
  let [aligned, apart] = [0, 0];
  const scenes = Array.from({ length: 24 }, (_, i) => scene("test", i));
  const found = scenes.map((one) => ({
    sound: soundOnsets(drawSound(one, sounds)),
    motion: motionPeaks(drawClip(one, art)),
    rhythm: one.rhythm,
  }));
  found.forEach(({ sound, motion, rhythm }, i) => {
    assert(rhythm.every((slot) => sound.includes(slot)), `${i}: ${rhythm} in ${sound}`);
    // Before the first frame there is none to differ from.
    const hops = rhythm.filter((slot) => slot > 0);
    assert(hops.every((slot) => motion.some((frame) => Math.abs(frame - slot) <= 1)), String(i));
    aligned += avAlign(sound, motion) / found.length;
    apart += avAlign(sound, found[(i + 1) % found.length]!.motion) / found.length;
  });
  assert(aligned > apart + 0.1, `${aligned} of real pairs, ${apart} of others`);
  assertEquals(soundOnsets(tensor([32000])), []);
  assertEquals(motionPeaks(tensor([16, 3, 64, 64])), []);
});

Deno.test("frechetDistance() is that of the Gaussians' closed form", () => {
  // Rows whose mean and covariance are known exactly: ±deviation along each axis.
  const cross = (mean: readonly number[], deviations: readonly number[]) => {
    const rows = deviations.flatMap((deviation, axis) =>
      [-1, 1].map((sign) =>
        mean.map((value, i) =>
          value + (i === axis ? sign * deviation * Math.sqrt((2 * mean.length - 1) / 2) : 0)
        )
      )
    );
    return tensor([rows.length, mean.length], Float32Array.from(rows.flat()));
  };
  const a = cross([0, 0, 0], [1, 2, 3]);
  assertAlmostEquals(frechetDistance(a, a), 0, 1e-5);
  const b = cross([1, 0, -2], [2, 2, 5]);
  assertAlmostEquals(frechetDistance(a, b), 1 + 4 + 1 + 0 + 4, 1e-4);
  // Covariances that do not commute: tr (A B)^½ of 2×2 is √(tr AB + 2 √det AB).
  const draw = random("frechet test");
  const rows = (mix: readonly number[]) => {
    const noise = new Float32Array(400);
    draw.fillNormal(noise);
    return tensor(
      [200, 2],
      noise.map((_, i) => {
        const at = i - i % 2;
        return mix[2 * (i % 2)]! * noise[at]! + mix[2 * (i % 2) + 1]! * noise[at + 1]!;
      }),
    );
  };
  const [c, d] = [rows([1, 0.8, 0, 0.5]), rows([0.3, 0, 2, 1])];
  const moments = ({ data }: { data: Float32Array }) => {
    const column = (k: number) => [...data].filter((_, i) => i % 2 === k);
    const mean = (values: number[]) => values.reduce((x, y) => x + y, 0) / values.length;
    const [x, y] = [column(0), column(1)];
    const [mx, my] = [mean(x), mean(y)];
    const cov = (p: number[], mp: number, q: number[], mq: number) =>
      p.reduce((total, value, i) => total + (value - mp) * (q[i]! - mq), 0) / (p.length - 1);
    return { mx, my, xx: cov(x, mx, x, mx), xy: cov(x, mx, y, my), yy: cov(y, my, y, my) };
  };
  const [m, n] = [moments(c), moments(d)];
  const trace = m.xx * n.xx + 2 * m.xy * n.xy + m.yy * n.yy;
  const determinant = (m.xx * m.yy - m.xy ** 2) * (n.xx * n.yy - n.xy ** 2);
  const expected = (m.mx - n.mx) ** 2 + (m.my - n.my) ** 2 + m.xx + m.yy + n.xx + n.yy -
    2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
  assertAlmostEquals(frechetDistance(c, d), expected, 1e-6);
  assertThrows(() => frechetDistance(a, c), RangeError, '"3" and "2"');
});

Deno.test("logSpectralDistance() is 6 dB for twice the amplitude, and 60 at most", () => {
  const noise = new Float32Array(16_000);
  random("spectral test").fillNormal(noise);
  assertEquals(logSpectralDistance(noise, noise), 0);
  const double = logSpectralDistance(noise, noise.map((value) => 2 * value));
  assertAlmostEquals(double, 20 * Math.log10(2), 1e-5);
  const silence = logSpectralDistance(noise, new Float32Array(16_000));
  assert(silence > 40 && silence < 60, String(silence));
  assertEquals(logSpectralDistance(new Float32Array(1024), new Float32Array(1024)), 0);
});

Deno.test("kappaWithin() is 0 where a group has one habit, however different the groups are", () => {
  const one = (value: string, count: number) =>
    new Array<readonly [string, string]>(count).fill([value, value]);
  const habits = [one("a", 5), one("b", 5)];
  assertEquals(cohenKappa(habits.flat()), 1, "what κ over all takes for agreement");
  assert(Number.isNaN(kappaWithin(habits)), "of one habit nothing can be told");
  const mixed = [[["a", "a"], ["b", "b"], ["a", "b"], ["b", "a"]]] as const;
  // Two of four agree; so do six of the twelve pairs of different samples.
  assertAlmostEquals(kappaWithin(mixed), 0, 1e-12);
  assertAlmostEquals(kappaWithin([[["a", "a"], ["b", "b"]], [["c", "c"]]]), 1, 1e-12);
});

Deno.test("entropyWithin() is low where groups have one value each", () => {
  assertEquals(entropyWithin([["a", "a"], ["b", "b", "b"]]), 0);
  assertEquals(entropyWithin([["a", "b"], ["b", "a"], ["c"]]), 1);
  assert(Number.isNaN(entropyWithin([["a"]])));
});
