import type { Objective } from "@codi/core/training";

/**
 * Seconds for a step, measured in the shipped runs: two cores, partly beside other work. What is not
 * here was not run as it is now.
 */
const SECONDS: Readonly<Record<string, number>> = {
  "autoencode text": 0.2,
  "autoencode image": 0.33,
  "autoencode audio": 0.3,
  "align text+image": 0.37,
  "align audio": 0.6,
  "align video": 0.86,
  "denoise text": 0.185,
  "denoise image": 0.57,
  "denoise audio": 1.5,
  "denoise video temporal": 0.75,
  "denoise video": 1,
  "autoencode audio renderer": 0.33,
  join: 1,
};

/**
 * How long a training is expected to take on two cores.
 *
 * @param objective The objective; those of other plugins say themselves how long a step takes.
 * @param steps The steps that are to be taken.
 * @returns Seconds, or undefined if it was never measured.
 */
export function expectedSeconds(
  { name, secondsPerStep }: Pick<Objective, "name" | "secondsPerStep">,
  steps: number,
): number | undefined {
  const own = Object.hasOwn(SECONDS, name) ? SECONDS[name] : undefined;
  const seconds = secondsPerStep ?? own;
  return seconds === undefined ? undefined : seconds * steps;
}
