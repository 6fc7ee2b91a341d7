import type { TrainingEvent } from "@codi/core/training";

/** The most points of a line; more are averaged. */
const POINTS = 300;

/** One point of a plot. */
export interface PlotPoint {
  /** The number of the step. */
  readonly step: number;
  /** The value there, above zero. */
  readonly value: number;
  /** The metric. */
  readonly metric: string;
  /** What it was measured on. */
  readonly on: "training" | "held out";
}

/**
 * The points of a run's log, for a logarithmic axis: values that are not above zero are left out, and
 * long lines are averaged.
 *
 * @param events The log.
 * @returns The points of all metrics.
 */
export function plotPoints(events: readonly TrainingEvent[]): PlotPoint[] {
  const lines = new Map<string, PlotPoint[]>();
  const add = (
    on: PlotPoint["on"],
    step: number,
    metrics: Readonly<Record<string, number>> | undefined,
  ) => {
    for (const [metric, value] of Object.entries(metrics ?? {})) {
      if (!(value > 0 && Number.isFinite(value))) continue;
      const line = lines.get(`${on} ${metric}`) ?? [];
      lines.set(`${on} ${metric}`, line);
      line.push({ step, value, metric, on });
    }
  };
  for (const { step, metrics, validation } of events) {
    add("training", step, metrics);
    add("held out", step, validation);
  }
  return [...lines.values()].flatMap(thinned);
}

function thinned(line: readonly PlotPoint[]): PlotPoint[] {
  const size = Math.ceil(line.length / POINTS);
  if (size <= 1) return [...line];
  const points: PlotPoint[] = [];
  for (let first = 0; first < line.length; first += size) {
    const group = line.slice(first, first + size);
    const value = group.reduce((total, point) => total + point.value, 0) / group.length;
    points.push({ ...group.at(-1)!, value });
  }
  return points;
}

/**
 * Draws the metrics of a run over its steps, on a logarithmic axis.
 *
 * @param events The log.
 * @param title What stands above.
 * @returns An SVG document.
 */
export async function lossPlot(events: readonly TrainingEvent[], title: string): Promise<string> {
  // Imported here, as drawing is rare and the libraries are large.
  const [vega, lite] = await Promise.all([import("vega"), import("vega-lite")]);
  const spec: Parameters<typeof lite.compile>[0] = {
    title,
    width: 640,
    height: 360,
    data: { values: plotPoints(events) },
    mark: { type: "line", strokeWidth: 1.5, point: false },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step" },
      y: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { type: "log" },
      },
      color: { field: "metric", type: "nominal", title: "metric" },
      strokeDash: {
        field: "on",
        type: "nominal",
        title: "measured on",
        scale: { domain: ["training", "held out"], range: [[1, 0], [4, 3]] },
      },
    },
  };
  const view = new vega.View(vega.parse(lite.compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
