import { writeFileAtomic } from "@codi/core/weights";
import { z } from "zod";
import { reasonOf } from "../message.ts";

/** The file in the working folder that says which plugins there are. */
export const CONFIG_FILE = "codi.json";

/** The plugins that come with the program, by the names of their modalities. */
export const BUNDLED: Readonly<Record<string, string>> = {
  text: "@codi/text",
  image: "@codi/image",
  audio: "@codi/audio",
  video: "@codi/video",
};

const SCHEMA = z.strictObject({
  $schema: z.string().optional(),
  plugins: z.array(
    z.string().min(1, { error: "it is the specifier of a package, or a path that begins with ./" }),
  ).min(1, { error: "it names at least one plugin" }),
});

/** What `codi.json` says. */
export type CodiConfig = z.infer<typeof SCHEMA>;

/**
 * Reads which plugins there are.
 *
 * @param path The file; without it the bundled plugins are used.
 * @returns The specifiers of the plugins, in order.
 * @throws {SyntaxError} If the file is not what it should be; the message says where.
 */
export async function readConfig(path: string = CONFIG_FILE): Promise<CodiConfig> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return { plugins: Object.values(BUNDLED) };
    throw new Error(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${path}": it is no JSON (${reasonOf(cause)})`, { cause });
  }
  const result = SCHEMA.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.join(".");
  throw new SyntaxError(
    `Cannot use "${path}": ${place === "" ? "" : `"${place}": `}${issue!.message}`,
  );
}

/**
 * Records which plugins there are.
 *
 * @param config What the file is to say.
 * @param path The file.
 * @returns When it is written.
 */
export async function writeConfig(config: CodiConfig, path: string = CONFIG_FILE): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`));
}
