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
};

/**
 * How long a training is expected to take on two cores.
 *
 * @param name The objective's name.
 * @param steps The steps that are to be taken.
 * @returns Seconds, or undefined if it was never measured.
 */
export function expectedSeconds(name: string, steps: number): number | undefined {
  return Object.hasOwn(SECONDS, name) ? SECONDS[name]! * steps : undefined;
}
