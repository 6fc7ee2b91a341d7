/** Bounds of the classes of durations, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

interface Durations {
  readonly classes: number[];
  sum: number;
  count: number;
}

/** Counts requests and how long they take, by method, route and status. */
export class RequestMeter {
  readonly #requests = new Map<string, Durations>();

  /**
   * Counts a request.
   *
   * @param labels What it was; of few different values, so routes rather than paths.
   * @param seconds How long it took until the response began.
   */
  count(labels: Readonly<Record<string, string | number>>, seconds: number): void {
    const key = Object.entries(labels).map(([name, value]) => `${name}="${value}"`).join(",");
    let durations = this.#requests.get(key);
    if (durations === undefined) {
      durations = { classes: BOUNDS.map(() => 0), sum: 0, count: 0 };
      this.#requests.set(key, durations);
    }
    BOUNDS.forEach((bound, place) => {
      if (seconds <= bound) durations.classes[place]!++;
    });
    durations.sum += seconds;
    durations.count++;
  }

  /**
   * Everything in the text format of Prometheus.
   *
   * @param gauges Further figures, by their names.
   * @returns The text.
   */
  text(gauges: Readonly<Record<string, number>>): string {
    const lines = Object.entries(gauges).flatMap((
      [name, value],
    ) => [`# TYPE ${name} gauge`, `${name} ${value}`]);
    lines.push("# TYPE codi_request_seconds histogram");
    for (const [key, { classes, sum, count }] of this.#requests) {
      const name = "codi_request_seconds";
      BOUNDS.forEach((bound, place) =>
        lines.push(`${name}_bucket{${key},le="${bound}"} ${classes[place]}`)
      );
      lines.push(`${name}_bucket{${key},le="+Inf"} ${count}`);
      lines.push(`${name}_sum{${key}} ${sum}`, `${name}_count{${key}} ${count}`);
    }
    return `${lines.join("\n")}\n`;
  }
}
