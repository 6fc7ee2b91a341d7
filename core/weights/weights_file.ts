import type { Tensor } from "../tensor/mod.ts";
import { decodeSafetensors, type Safetensors } from "./decode_safetensors.ts";
import { type EncodeSafetensorsOptions, safetensorsPieces } from "./encode_safetensors.ts";
import { writeFileAtomic } from "./write_file_atomic.ts";

/**
 * Reads a safetensors file.
 *
 * @param path The file.
 * @returns Its tensors, metadata and dtypes, as {@linkcode decodeSafetensors} gives them.
 * @throws {SyntaxError} If the file does not keep to the format; the message names the file.
 * @throws {Deno.errors.NotFound} If there is no such file.
 *
 * @example Read what was written
 * ```ts
 * import { readWeights, writeWeights } from "@codi/core/weights";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await writeWeights(`${folder}/a.safetensors`, { bias: tensor([2]) }, { dtype: "float16" });
 * const { tensors } = await readWeights(`${folder}/a.safetensors`);
 * assertEquals(tensors["bias"]?.shape, [2]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readWeights(path: string): Promise<Safetensors> {
  const bytes = await Deno.readFile(path);
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const named = error.message.replace("Cannot read safetensors", () => `Cannot read "${path}"`);
    throw new SyntaxError(named, { cause: error });
  }
}

/**
 * Writes a safetensors file in one go, as {@linkcode writeFileAtomic} does: a reader, or the next
 * start after a crash, finds the old weights or the new ones, never a part.
 *
 * @param path The file to replace or create; its folder exists.
 * @param tensors The tensors by name.
 * @param options The number type and metadata, as for {@linkcode encodeSafetensors}.
 * @returns When the file is in place.
 * @throws {RangeError} If the tensors cannot be written; the old file is then left as it was.
 *
 * @example Replace weights
 * ```ts
 * import { readWeights, writeWeights } from "@codi/core/weights";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const path = `${folder}/a.safetensors`;
 * await writeWeights(path, { bias: tensor([2]) });
 * await writeWeights(path, { bias: tensor([3]) }, { metadata: { steps: "200" } });
 * assertEquals((await readWeights(path)).metadata, { steps: "200" });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeWeights(
  path: string,
  tensors: Readonly<Record<string, Tensor>>,
  options: EncodeSafetensorsOptions = {},
): Promise<void> {
  await writeFileAtomic(path, safetensorsPieces(tensors, options));
}
