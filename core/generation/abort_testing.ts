/**
 * Aborts generations at different moments, each in a process's only Codi, and closes it; for a test that
 * reads what the runtime says on the way out.
 */
// deno-lint-ignore-file no-console

import { withModalities } from "./_testing.ts";
import { load } from "./mod.ts";

if (import.meta.main) {
  await withModalities(async ({ words, sketch, tune }) => {
    const reasons = new Set<string>();
    for (const wait of [0, 1, 5, 20, 60]) {
      await using codi = await load([words, sketch, tune], { session: { threads: 1 } });
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(new Error("enough")), wait);
      try {
        await codi.generateBatch({
          prompts: [words.prompt([1, 0, 0, 0])],
          to: ["sketch", "tune"],
          steps: 1000,
          count: 8,
          signal: controller.signal,
        });
      } catch (error) {
        reasons.add((error as Error).message);
      }
      clearTimeout(timer);
    }
    console.log([...reasons].join());
  });
}
