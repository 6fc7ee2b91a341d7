/** Compares gradients with central finite differences; for tests. */

import { random } from "../random/mod.ts";
import { type Device, type Feed } from "../runtime/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";
import { buildProgram, gradients, input, mul, sum, type Value } from "./mod.ts";

/** What to check. */
export interface GradientCase {
  /** Shapes of the differentiated inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** The function. */
  readonly trace: (...inputs: Value[]) => Value;
  /** Draws an input's element from a standard normal number. @default {the number itself} */
  readonly domain?: (normal: number) => number;
  /** Further feeds, not differentiated. */
  readonly feeds?: Readonly<Record<string, Feed>>;
  /** The step of the differences. @default {1e-2} */
  readonly step?: number;
  /** The largest error allowed, relative to the largest gradient or 1. @default {3e-3} */
  readonly tolerance?: number;
  /** How many elements of each input are moved. @default {16} */
  readonly probes?: number;
}

/** Throws if a gradient differs from the finite difference of the same function. */
export async function checkGradients(device: Device, options: GradientCase): Promise<void> {
  const { shapes, trace, domain = (x) => x, feeds = {}, step = 1e-2, tolerance = 3e-3, probes = 16 } = options;
  const values = shapes.map((shape, index) => input(`x${index}`, shape));
  const y = trace(...values);
  const random0 = random("finite differences", shapes.flat().join());
  const weights = tensor(y.shape);
  random0.fillNormal(weights.data);
  const inputs: Tensor[] = shapes.map((shape) => tensor(shape));
  for (const { data } of inputs) {
    for (let i = 0; i < data.length; i++) data[i] = domain(random0.normal());
  }
  const named = Object.fromEntries(inputs.map((value, index) => [`x${index}`, value]));
  const loss = sum(mul(y, input("weights", y.shape)));
  const outputs = Object.fromEntries(gradients(loss, values).map((value, index) => [`d${index}`, value]));
  const backward = await device.load(buildProgram(outputs));
  const forward = await device.load(buildProgram({ y }));
  const only = (program: { inputs: object }, all: Record<string, Feed>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name in program.inputs));
  const analytic = await backward.run(only(backward.program, { ...named, ...feeds, weights }));

  const evaluate = async (): Promise<number> => {
    const result = await forward.run(only(forward.program, { ...named, ...feeds }));
    let total = 0;
    for (let i = 0; i < weights.data.length; i++) total += weights.data[i]! * result["y"]!.data[i]!;
    return total;
  };
  for (const [index, { shape, data }] of inputs.entries()) {
    const gradient = analytic[`d${index}`]!.data;
    const largest = Math.max(1, ...gradient.map(Math.abs));
    for (let probe = 0; probe < Math.min(probes, elementCount(shape)); probe++) {
      const place = probes >= data.length ? probe : random0.integer(data.length);
      const kept = data[place]!;
      data[place] = kept + step;
      const above = data[place]!;
      const high = await evaluate();
      data[place] = kept - step;
      const below = data[place]!;
      const low = await evaluate();
      data[place] = kept;
      const difference = (high - low) / (above - below);
      if (!(Math.abs(difference - gradient[place]!) <= tolerance * largest)) {
        throw new Error(
          `Gradient of input ${index} [${shape}] at ${place} is ${gradient[place]}, finite differences give ${difference}`,
        );
      }
    }
  }
}
