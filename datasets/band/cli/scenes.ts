import { z } from "zod";
import { type Scene, scene, SPLITS } from "../scene.ts";
import { STYLES } from "../styles.ts";
import { THING_NAMES } from "../things.ts";
import { list, whole } from "./flags.ts";

/** The flags that choose scenes. */
export const SceneFlags = z.strictObject({
  split: z.enum(SPLITS).default("train"),
  count: z.coerce.number().int().min(1).max(1_000_000).optional(),
  first: whole.default(0),
  seed: whole.default(0),
  things: list(THING_NAMES).optional(),
  styles: list(STYLES.map(({ name }) => name)).optional(),
});

/** The scenes that flags choose. */
export function scenesOf(flags: z.infer<typeof SceneFlags>, count: number): Scene[] {
  const { split, first, seed, things, styles } = flags;
  const options = { seed, ...(things && { things }), ...(styles && { styles }) };
  return Array.from({ length: count }, (_, i) => scene(split, first + i, options));
}
