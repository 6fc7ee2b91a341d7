import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { noiseLevel } from "./noise_level.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import { type TimestepGrid, type TimestepOptions, timesteps } from "./timesteps.ts";

// The timesteps of diffusers 0.42.1: DDIMScheduler (whole), EulerDiscreteScheduler (fractional),
// DPMSolverMultistepScheduler (open).
const golden: readonly [TimestepOptions, TimestepGrid, readonly number[]][] = [
  [{ steps: 1, spacing: "trailing" }, "whole", [999]],
  [{ steps: 1, spacing: "leading" }, "whole", [0]],
  [{ steps: 1, spacing: "linspace" }, "whole", [0]],
  [{ steps: 1, spacing: "leading" }, "open", [500]],
  [{ steps: 1, spacing: "linspace" }, "open", [999]],
  [{ steps: 3, spacing: "trailing" }, "whole", [999, 666, 332]],
  [{ steps: 3, spacing: "trailing" }, "open", [999, 666, 332]],
  [{ steps: 3, spacing: "leading", offset: 1 }, "whole", [667, 334, 1]],
  [{ steps: 3, spacing: "leading", offset: 1 }, "open", [751, 501, 251]],
  [{ steps: 3, spacing: "linspace" }, "whole", [999, 500, 0]],
  [{ steps: 3, spacing: "linspace" }, "fractional", [999, 499.5, 0]],
  [{ steps: 3, spacing: "linspace" }, "open", [999, 666, 333]],
  [{ steps: 7, spacing: "trailing" }, "whole", [999, 856, 713, 570, 428, 285, 142]],
  [{ steps: 7, spacing: "linspace" }, "whole", [999, 832, 666, 500, 333, 166, 0]],
  [{ steps: 6, spacing: "linspace" }, "open", [999, 832, 666, 500, 333, 166]],
  // Halves go to the even neighbour, as in NumPy.
  [
    { steps: 16, spacing: "trailing" },
    "whole",
    [999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61],
  ],
];

Deno.test("timesteps() are those of diffusers", () => {
  for (const [options, grid, expected] of golden) {
    assertEquals(timesteps(1000, options, grid), expected, `${JSON.stringify(options)} ${grid}`);
  }
});

Deno.test("timesteps() are trailing when nothing is said", () => {
  assertEquals(timesteps(1000, { steps: 2 }), [999, 499]);
});

Deno.test("timesteps() fall within the schedule at any number of steps", () => {
  for (const spacing of ["leading", "trailing", "linspace"] as const) {
    for (const grid of ["whole", "fractional", "open"] as const) {
      for (let steps = 1; steps < 100; steps++) {
        const all = timesteps(100, { steps, spacing }, grid);
        assertEquals(all.length, steps);
        all.forEach((timestep, i) => {
          const before = all[i - 1] ?? 100;
          if (!(timestep < before && timestep >= 0)) {
            throw new Error(`${spacing} ${grid} ${steps}: ${all}`);
          }
        });
      }
    }
  }
});

Deno.test("shifted timesteps have the cosine schedule's noise, shift times as much", () => {
  const schedule = noiseSchedule("cosine");
  const ratioAt = (timestep: number) => {
    const { alpha, sigma } = noiseLevel(schedule, timestep);
    return sigma / alpha;
  };
  for (const grid of ["whole", "fractional", "open"] as const) {
    const even = timesteps(1000, { steps: 10 }, grid);
    assertEquals(timesteps(1000, { steps: 10, shift: 1 }, grid), even);
    for (const shift of [0.5, 3]) {
      const moved = timesteps(1000, { steps: 10, shift }, grid);
      assertEquals(moved[0], 999, "all noise stays all noise");
      // The schedule's offset of 0.008 lets it differ a little.
      even.slice(1).forEach((timestep, i) =>
        assertAlmostEquals(ratioAt(moved[i + 1]!) / ratioAt(timestep), shift, 0.1 * shift)
      );
    }
  }
  assertThrows(() => timesteps(1000, { steps: 2, shift: 0 }), RangeError, 'by "0"');
});

Deno.test("shifted timesteps never meet, at any number of steps", () => {
  for (const shift of [0.2, 8]) {
    const all = timesteps(1000, { steps: 1000, shift });
    assert(all.every((timestep, i) => timestep < (all[i - 1] ?? 1000) && timestep >= 0));
  }
});

Deno.test("timesteps() throws when steps or offset do not fit", () => {
  assertThrows(() => timesteps(1000, { steps: 0 }), RangeError, '"0" steps');
  assertThrows(() => timesteps(1000, { steps: 2.5 }), RangeError, '"2.5" steps');
  assertThrows(() => timesteps(1000, { steps: 1001 }), RangeError, "from 1 to 1000");
  assertThrows(
    () => timesteps(1000, { steps: 1000, spacing: "linspace" }, "open"),
    RangeError,
    "from 1 to 999",
  );
  assertThrows(
    () => timesteps(1000, { steps: 1000, spacing: "leading", offset: 1 }),
    RangeError,
    '"1"',
  );
  // @ts-expect-error a spacing from a file
  assertThrows(() => timesteps(1000, { steps: 2, spacing: "karras" }), RangeError, '"karras"');
});
