import type { Codec } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import { z } from "zod";

/** The numbers of a sample. */
export const LENGTH = 64;

/** What a file holds: where the recipe of a generation goes, and the numbers. */
const FILE = z.object({
  description: z.string().optional(),
  values: z.array(z.number().min(-1).max(1)).length(LENGTH),
});

/** JSON in and out: `{"values": [64 numbers in −1…1]}`. */
export const codec: Codec<Tensor> = {
  reads: ["application/x-template"],
  writes: "application/x-template",
  extension: ".template",
  decode: async (bytes) => {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new SyntaxError("Cannot read a curve: it is no JSON", { cause });
    }
    const { success, data, error } = FILE.safeParse(value);
    if (!success) {
      const [issue] = error.issues;
      const place = issue!.path.join(".") || "the file";
      throw new SyntaxError(`Cannot read a curve: ${place}: ${issue!.message}`);
    }
    return await Promise.resolve(tensor([LENGTH], Float32Array.from(data.values)));
  },
  encode: async (sample, { description } = {}) => {
    requireSample(sample, "write");
    const values = Array.from(sample.data, (value) => Math.max(-1, Math.min(1, value)));
    const file = { ...(description === undefined ? {} : { description }), values };
    return await Promise.resolve(new TextEncoder().encode(`${JSON.stringify(file)}\n`));
  },
};

/**
 * Samples side by side.
 *
 * @param samples Each [64].
 * @returns [batch, 64].
 * @throws {RangeError} If one has another shape.
 */
export function batchOf(samples: readonly Tensor[]): Tensor {
  const data = new Float32Array(samples.length * LENGTH);
  samples.forEach((sample, index) => {
    requireSample(sample, "read");
    data.set(sample.data, index * LENGTH);
  });
  return { shape: [samples.length, LENGTH], data };
}

function requireSample({ shape, data }: Tensor, action: string): void {
  if (shape.join() !== `${LENGTH}` || !data.every(Number.isFinite)) {
    throw new RangeError(
      `Cannot ${action} a curve of shape [${shape}]: it is [${LENGTH}], of finite numbers`,
    );
  }
}
