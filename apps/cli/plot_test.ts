import { assert, assertEquals } from "@std/assert";
import type { TrainingEvent } from "@codi/core/training";
import { lossPlot, plotPoints } from "./plot.ts";

Deno.test("plotPoints() leaves out what a logarithmic axis cannot show and averages long lines", () => {
  const event = (step: number, loss: number, held?: number) => ({
    step,
    metrics: { loss },
    ...(held === undefined ? {} : { validation: { loss: held } }),
  } as unknown as TrainingEvent);
  assertEquals(plotPoints([event(1, 2, 3), event(2, 0), event(3, NaN), event(4, 1)]), [
    { step: 1, value: 2, metric: "loss", on: "training" },
    { step: 4, value: 1, metric: "loss", on: "training" },
    { step: 1, value: 3, metric: "loss", on: "held out" },
  ]);
  const long = plotPoints(Array.from({ length: 900 }, (_, i) => event(i + 1, i % 3 + 1)));
  assertEquals(long.length, 300);
  assertEquals(long[0], { step: 3, value: 2, metric: "loss", on: "training" });
});

Deno.test("lossPlot() draws a line for each metric and what it was measured on", async () => {
  const events = [1, 10].map((step) => ({
    step,
    metrics: { loss: 1 / step, squared: 0.1 / step },
    validation: { loss: 2 / step },
  } as unknown as TrainingEvent));
  const svg = await lossPlot(events, "denoise image");
  assertEquals(svg.match(/aria-roledescription="line mark"/g)?.length, 3);
  for (const word of ["denoise image", "squared", "held out"]) assert(svg.includes(word), word);
});
