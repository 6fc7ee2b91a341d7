/** Compares gradients with central finite differences. */

import { random } from "../random/mod.ts";
import type { Device, Feed } from "../runtime/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";
import { buildProgram, gradients, input, mul, sum, type Value } from "./mod.ts";

/** What to check. */
export interface GradientCase {
  /** Shapes of the differentiated inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** The function. */
  readonly trace: (...inputs: Value[]) => Value;
  /** Has the parameters that the function declares; they are differentiated too. */
  readonly scope?: { parameters(): Record<string, Value> };
  /** Draws an input's element from a standard normal number. @default {the number itself} */
  readonly domain?: (normal: number) => number;
  /** Further feeds, not differentiated. */
  readonly feeds?: Readonly<Record<string, Feed>>;
  /** The step of the differences. @default {1e-2} */
  readonly step?: number;
  /** The largest error allowed, relative to the largest gradient or 1. @default {3e-3} */
  readonly tolerance?: number;
  /** How many elements of each input and parameter are moved. @default {16} */
  readonly probes?: number;
}

/** Throws if a gradient differs from the finite difference of the same function. */
export async function checkGradients(device: Device, options: GradientCase): Promise<void> {
  const { shapes, trace, scope, domain = (x) => x, feeds = {} } = options;
  const { step = 1e-2, tolerance = 3e-3, probes = 16 } = options;
  const generator = random("finite differences", shapes.flat().join());
  const inputs = shapes.map((shape, index) => input(`x${index}`, shape));
  const y = trace(...inputs);
  const weights = tensor(y.shape, generator.fillNormal(new Float32Array(elementCount(y.shape))));

  const drawn: Record<string, Tensor> = {};
  const values: Record<string, Value> = {};
  for (const [index, value] of inputs.entries()) {
    values[`x${index}`] = value;
    const data = Float32Array.from(
      { length: elementCount(value.shape) },
      () => domain(generator.normal()),
    );
    drawn[`x${index}`] = tensor(value.shape, data);
  }
  for (const [name, value] of Object.entries(scope?.parameters() ?? {})) {
    values[name] = value;
    const [width = 1, ...rest] = value.shape;
    const deviation = rest.length > 0 ? 1 / Math.sqrt(elementCount(rest)) : 0.5;
    const data = Float32Array.from(
      { length: width * elementCount(rest) },
      () => generator.normal() * deviation,
    );
    drawn[name] = tensor(value.shape, data);
  }

  const loss = sum(mul(y, input("weights", y.shape)));
  const slopes = gradients(loss, Object.values(values));
  const outputs = Object.keys(values).map((name, index) => [`d ${name}`, slopes[index]!] as const);
  const backward = await device.load(buildProgram(Object.fromEntries(outputs)));
  const forward = await device.load(buildProgram({ y }));
  const taken = ({ inputs }: typeof forward, all: Record<string, Feed>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name in inputs));
  const analytic = await backward.run(taken(backward, { ...drawn, ...feeds, weights }));
  const evaluate = async (): Promise<number> => {
    const result = (await forward.run(taken(forward, { ...drawn, ...feeds })))["y"]!.data;
    return result.reduce((total, value, index) => total + weights.data[index]! * value, 0);
  };

  for (const [name, { shape, data }] of Object.entries(drawn)) {
    const gradient = analytic[`d ${name}`]!.data;
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (let probe = 0; probe < Math.min(probes, data.length); probe++) {
      const place = probes >= data.length ? probe : generator.integer(data.length);
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
          `The gradient of "${name}" [${shape}] at ${place} is ${gradient[place]}, ` +
            `finite differences give ${difference}`,
        );
      }
    }
  }
  await forward.release();
  await backward.release();
}
