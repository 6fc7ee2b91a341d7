import type { AdamWState } from "./adamw.ts";
import type { Tensor } from "../tensor/mod.ts";
import { matchWeights, readWeights, writeWeights } from "../weights/mod.ts";

/** A parameter's place among the trained ones, which are laid end to end. */
export interface ParameterSlot {
  /** Its name. */
  readonly name: string;
  /** The length of each axis. */
  readonly shape: readonly number[];
  /** Where it begins. */
  readonly offset: number;
  /** How many numbers it holds. */
  readonly length: number;
}

/** A training run at rest. */
export interface Checkpoint {
  /** How many steps were taken. */
  readonly step: number;
  /** Parameters, moments and average. */
  readonly state: AdamWState;
}

const ARRAYS = ["parameters", "first", "second", "average"] as const;

/**
 * The tensors of one flat array.
 *
 * @param array One number for each trained one.
 * @param slots Where each parameter lies.
 * @returns The tensors by parameter name; views, not copies.
 */
export function toTensors(
  array: Float32Array<ArrayBuffer>,
  slots: readonly ParameterSlot[],
): Record<string, Tensor> {
  return Object.fromEntries(
    slots.map(({ name, shape, offset, length }) => [
      name,
      { shape, data: array.subarray(offset, offset + length) },
    ]),
  );
}

/**
 * Lays tensors end to end.
 *
 * @param tensors The tensors by parameter name.
 * @param slots Where each parameter lies.
 * @returns A new array.
 * @throws {WeightsMismatchError} If names or shapes are not those of the slots.
 */
export function toFlat(
  tensors: Readonly<Record<string, Tensor>>,
  slots: readonly ParameterSlot[],
): Float32Array<ArrayBuffer> {
  matchWeights(Object.fromEntries(slots.map(({ name, shape }) => [name, shape])), tensors);
  const last = slots.at(-1);
  const array = new Float32Array(last ? last.offset + last.length : 0);
  for (const { name, offset } of slots) array.set(tensors[name]!.data, offset);
  return array;
}

/**
 * Writes a checkpoint: a safetensors file of float32 with `parameters/`, `first/`, `second/` and
 * `average/` before each parameter's name. The file is whole or the former one, whenever the process
 * ends.
 *
 * @param path The file to replace or create; its folder exists.
 * @param checkpoint The run at rest.
 * @param slots Where each parameter lies.
 * @param run What a run that goes on from it must have in common with this one.
 */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  slots: readonly ParameterSlot[],
  run: Readonly<Record<string, string>> = {},
): Promise<void> {
  const tensors: Record<string, Tensor> = {};
  for (const kind of ARRAYS) {
    for (const [name, value] of Object.entries(toTensors(checkpoint.state[kind], slots))) {
      tensors[`${kind}/${name}`] = value;
    }
  }
  const metadata = { ...run, step: String(checkpoint.step) };
  await writeWeights(path, tensors, { dtype: "float32", metadata });
}

/**
 * Reads a checkpoint.
 *
 * @param path The file.
 * @param slots The parameters it must hold, and where they go.
 * @param run What its run must have been; what the file does not tell is not compared.
 * @returns The run at rest.
 * @throws {SyntaxError} If the file is not a checkpoint.
 * @throws {RangeError} If it is of another run.
 * @throws {WeightsMismatchError} If it holds other parameters.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example Write and read
 * ```ts
 * import { readCheckpoint, writeCheckpoint } from "@codi/core/training";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const slots = [{ name: "weight", shape: [2], offset: 0, length: 2 }];
 * const two = () => new Float32Array(2);
 * const state = { parameters: two(), first: two(), second: two(), average: two() };
 * await writeCheckpoint(`${folder}/checkpoint.safetensors`, { step: 3, state }, slots);
 * assertEquals((await readCheckpoint(`${folder}/checkpoint.safetensors`, slots)).step, 3);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readCheckpoint(
  path: string,
  slots: readonly ParameterSlot[],
  run: Readonly<Record<string, string>> = {},
): Promise<Checkpoint> {
  const { tensors, metadata } = await readWeights(path);
  const step = Number(metadata["step"]);
  if (!Number.isInteger(step) || step < 0) {
    throw new SyntaxError(
      `Cannot resume from "${path}": it does not say its step, so it is not a checkpoint`,
    );
  }
  for (const [fact, value] of Object.entries(run)) {
    const before = metadata[fact] ?? value;
    if (before === value) continue;
    throw new RangeError(
      `Cannot resume from "${path}" with ${fact} "${value}": it was begun with "${before}"; ` +
        "go on with that, or begin anew without resuming",
    );
  }
  const wanted = slots.flatMap(({ name, shape }) =>
    ARRAYS.map((kind) => [`${kind}/${name}`, shape])
  );
  matchWeights(Object.fromEntries(wanted), tensors);
  const part = (kind: typeof ARRAYS[number]): Float32Array<ArrayBuffer> =>
    toFlat(Object.fromEntries(slots.map(({ name }) => [name, tensors[`${kind}/${name}`]!])), slots);
  return {
    step,
    state: {
      parameters: part("parameters"),
      first: part("first"),
      second: part("second"),
      average: part("average"),
    },
  };
}
