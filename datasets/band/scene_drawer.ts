import type { Art } from "./art.ts";
import { drawClip } from "./clip.ts";
import { drawImage } from "./draw.ts";
import type { Scene } from "./scene.ts";
import { drawSound } from "./sound/draw_sound.ts";
import { openSounds, type Sounds } from "./sound/sounds.ts";
import { strokesOf } from "./sound/strokes.ts";
import type { ThingName } from "./things.ts";

/** What is played in a scene, when and how high. */
export interface SceneScore {
  /** What plays. */
  readonly thing: ThingName;
  /** Its strokes: the slot each begins in, and its MIDI key. */
  readonly strokes: readonly { readonly slot: number; readonly pitch: number }[];
}

/**
 * The score of a scene.
 *
 * @param scene The scene.
 * @returns What is played, in the order of the slots.
 */
export function scoreOf(scene: Scene): SceneScore {
  const strokes = strokesOf(scene).map(({ slot, key }) => ({ slot, pitch: key }));
  return { thing: scene.thing, strokes };
}

/** Draws scenes in every modality but the captions'. */
export interface SceneDrawer {
  /** The modalities. */
  readonly modalities: readonly string[];
  /**
   * A scene's sample.
   *
   * @param modality One of the modalities.
   * @param scene The scene.
   * @returns A picture [3, 64, 64], a clip [16, 3, 64, 64] or a sound [32000], all in [−1, 1]; or a
   * {@linkcode SceneScore}.
   * @throws {RangeError} If the modality is another.
   */
  draw(modality: string, scene: Scene): Promise<unknown>;
}

/**
 * Makes samples of scenes. The sound bank is opened when a sound is first asked for.
 *
 * @param art The drawings.
 * @returns The drawer.
 */
export function sceneDrawer(art: Art): SceneDrawer {
  let sounds: Promise<Sounds> | undefined;
  const draw: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
    image: (scene) => Promise.resolve(drawImage(scene, art)),
    video: (scene) => Promise.resolve(drawClip(scene, art)),
    audio: async (scene) => drawSound(scene, await (sounds ??= openSounds())),
    score: (scene) => Promise.resolve(scoreOf(scene)),
  };
  return {
    modalities: Object.keys(draw),
    draw: (modality, scene) => {
      if (Object.hasOwn(draw, modality)) return draw[modality]!(scene);
      const known = Object.keys(draw).map((name) => `"${name}"`).join(", ");
      return Promise.reject(
        new RangeError(
          `Cannot make a sample of "${modality}": the band has ${known}; take a folder of files for others, as in "train --data FOLDER"`,
        ),
      );
    },
  };
}
