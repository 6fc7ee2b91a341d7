/** What the tests of this package share: folders of files that are removed again. */

import { image } from "@codi/image";
import { tensor } from "@codi/core/tensor";
import { dirname, join } from "@std/path";

/** A folder for one test. */
export interface TestFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** Writes files: texts, or bytes. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

/** Makes a folder of some files. */
export async function testFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<TestFolder> {
  const path = await Deno.makeTempDir({ prefix: "codi-folder-" });
  const write: TestFolder["write"] = async (files) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(path, name)), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(path, name), bytes);
    }
  };
  await write(files);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A PNG file of one grey, in [−1, 1]. */
export async function greyPicture(value: number): Promise<Uint8Array> {
  const data = new Float32Array(3 * 64 * 64).fill(value);
  return await image.codec.encode(tensor([3, 64, 64], data));
}
