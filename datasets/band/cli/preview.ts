import { z } from "zod";
import { openArt } from "../art.ts";
import { captionWithFactors } from "../caption.ts";
import { drawClip } from "../clip.ts";
import { contactSheet } from "../contact_sheet.ts";
import { drawImage } from "../draw.ts";
import { sceneSheet } from "../scene_sheet.ts";
import { drawSound } from "../sound/draw_sound.ts";
import { openSounds } from "../sound/sounds.ts";
import { list, parse, print } from "./flags.ts";
import { SceneFlags, scenesOf } from "./scenes.ts";

const MODALITIES = ["text", "image", "video", "audio"] as const;

const Flags = SceneFlags.extend({
  modality: list(MODALITIES).default([...MODALITIES]),
  bank: z.enum(["training", "unseen"]).default("training"),
  cache: z.string().default(".cache/band"),
  out: z.string().default("sheet.png"),
});

/**
 * Writes a sheet of a split's scenes, one in each row, and prints its file's name. Pictures without
 * clips and sounds stand eight in a row.
 *
 * @param args Flags `--modality`, `--split`, `--count`, `--first`, `--seed`, `--things`, `--styles`,
 * `--bank`, `--cache`, `--out`.
 * @throws {FlagError} If a flag is unknown or its value out of range.
 */
export async function preview(args: readonly string[]): Promise<void> {
  const flags = parse(Flags, args);
  const shows = (name: typeof MODALITIES[number]) => flags.modality.includes(name);
  const grid = !shows("video") && !shows("audio") && shows("image");
  const scenes = scenesOf(flags, flags.count ?? (grid ? 32 : 8));
  const art = await openArt({
    things: shows("image") || shows("video") ? [...new Set(scenes.map(({ thing }) => thing))] : [],
    styles: [...new Set(scenes.map(({ style }) => style))],
    cache: flags.cache,
  });
  const sounds = shows("audio") ? await openSounds({ bank: flags.bank }) : undefined;
  const entries = scenes.map((one) => ({
    rhythm: one.rhythm,
    ...(shows("text") && { caption: captionWithFactors(one).text }),
    ...(shows("image") && { picture: drawImage(one, art) }),
    ...(shows("video") && { clip: drawClip(one, art) }),
    ...(sounds && { sound: drawSound(one, sounds) }),
  }));
  const png = grid
    ? await contactSheet(
      entries.map(({ picture, caption = "" }) => ({ picture: picture!, caption })),
    )
    : await sceneSheet(entries);
  await Deno.writeFile(flags.out, png);
  print(`${flags.out}\n`);
}
