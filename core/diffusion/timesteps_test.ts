import { assertEquals, assertThrows } from "@std/assert";
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
