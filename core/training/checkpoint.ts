import type { Tensor } from "../tensor/mod.ts";
import { matchWeights, readWeights, writeWeights } from "../weights/mod.ts";
import type { ParameterSlot, TrainingArrays } from "./worker.ts";

/** A training run at rest. */
export interface Checkpoint {
  /** How many steps were taken. */
  readonly step: number;
  /** Parameters, moments and average. */
  readonly state: TrainingArrays;
}

const ARRAYS = ["parameters", "first", "second", "average"] as const;

/** The tensors of one flat array, by parameter name; views, not copies. */
export function toTensors(
  array: Float32Array<ArrayBuffer>,
  slots: readonly ParameterSlot[],
): Record<string, Tensor> {
  return Object.fromEntries(
    slots.map(({ name, shape, offset, length }) => [name, { shape, data: array.subarray(offset, offset + length) }]),
  );
}

/** Lays tensors end to end. @throws {WeightsMismatchError} If names or shapes are not those of the slots. */
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

/** Writes a checkpoint; the file is whole or the former one, whenever the process ends. */
export async function writeCheckpoint(
  path: string,
  { step, state }: Checkpoint,
  slots: readonly ParameterSlot[],
): Promise<void> {
  const tensors: Record<string, Tensor> = {};
  for (const kind of ARRAYS) {
    for (const [name, value] of Object.entries(toTensors(state[kind], slots))) {
      tensors[`${kind}/${name}`] = value;
    }
  }
  await writeWeights(path, tensors, { dtype: "float32", metadata: { step: String(step) } });
}

/** Reads a checkpoint for the given parameters. @throws {WeightsMismatchError} If it holds others. */
export async function readCheckpoint(
  path: string,
  slots: readonly ParameterSlot[],
): Promise<Checkpoint> {
  const { tensors, metadata } = await readWeights(path);
  const step = Number(metadata["step"]);
  if (!Number.isInteger(step)) {
    throw new SyntaxError(`Cannot resume from "${path}": it does not say its step, so it is not a checkpoint`);
  }
  const part = (kind: string): Float32Array<ArrayBuffer> => {
    const prefix = `${kind}/`;
    const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
    return toFlat(Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value])), slots);
  };
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
