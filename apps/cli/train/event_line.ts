import type { TrainingEvent } from "@codi/core/training";
import { durationText } from "../progress_line.ts";

/**
 * A line of the run log for people.
 *
 * @param event The line.
 * @returns Step, metrics, speed and time left.
 */
export function eventLine(event: TrainingEvent): string {
  const { step, steps, metrics, validation, samplesPerSecond, secondsLeft } = event;
  const judged = validation === undefined ? "" : ` | held out: ${figures(validation)}`;
  return `${step}/${steps}  ${figures(metrics)}${judged}  ${
    samplesPerSecond.toFixed(0)
  } samples/s  ${durationText(secondsLeft)} left`;
}

function figures(values: Readonly<Record<string, number>>): string {
  return Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(" ");
}
