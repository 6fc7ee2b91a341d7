import type { AnyModality } from "@codi/core/modality";
import type { Objective } from "@codi/core/training";
import { joinBundled } from "./join.ts";
import { BUNDLED } from "./plugins/config.ts";
import { moduleOf, type Plugin } from "./plugins/load_plugins.ts";

/** What the entry `training` of a plugin that is not bundled exports. */
interface PluginTraining {
  /** The objectives it brings, given the bridge. */
  readonly objectives?: (bridge: AnyModality) => readonly Objective[];
  /** The objective that teaches it to be made with others, given all that is installed. */
  readonly join?: (modalities: readonly AnyModality[]) => Objective | undefined;
}

/**
 * Every training objective of some plugins, in an order that trains what others freeze first. The
 * bundled ones are trained with each other; any other plugin exports, from its entry `training`, a
 * function `objectives` that makes its own of the bridge, and, where it can be made with others, a function
 * `join` of all installed modalities.
 *
 * @param plugins The installed plugins.
 * @returns The objectives.
 */
export async function loadObjectives(plugins: readonly Plugin[]): Promise<readonly Objective[]> {
  const bundled = plugins.filter(isBundled);
  const objectives = await bundledObjectives(bundled);
  const bridge = plugins.find(({ modality }) => modality.bridge)?.modality;
  for (const plugin of plugins) {
    if (bundled.includes(plugin) || bridge === undefined) continue;
    const training = await optionalTraining(plugin);
    objectives.push(...training?.objectives?.(bridge) ?? []);
    const joint = training?.join?.(plugins.map(({ modality }) => modality));
    if (joint !== undefined) objectives.push(joint);
  }
  return objectives;
}

/** Whether a plugin is one of those that come with the program, from wherever it was loaded. */
function isBundled({ specifier, modality }: Plugin): boolean {
  const own = Object.hasOwn(BUNDLED, modality.name) ? BUNDLED[modality.name] : undefined;
  return own !== undefined && specifier.replace(/^jsr:\/?|(?<=.)@[^@/]*$/g, "") === own;
}

async function trainingOf<T>({ specifier }: Plugin): Promise<T> {
  return await import(moduleOf(specifier, "training"));
}

async function bundledObjectives(plugins: readonly Plugin[]): Promise<Objective[]> {
  const of = (name: string) => plugins.find(({ modality }) => modality.name === name);
  const [text, image, audio, video] = ["text", "image", "audio", "video"].map(of);
  // Only the training of what is installed is loaded.
  const texts = text && await trainingOf<typeof import("@codi/text/training")>(text);
  const images = image && await trainingOf<typeof import("@codi/image/training")>(image);
  const audios = audio && await trainingOf<typeof import("@codi/audio/training")>(audio);
  const videos = video && await trainingOf<typeof import("@codi/video/training")>(video);
  const bridge = text?.modality;
  const modalities = plugins.map(({ modality }) => modality);
  const others = modalities.filter(({ bridge }) => !bridge);
  const objectives: (Objective | undefined)[] = [
    texts?.autoencodeText(),
    texts?.autoencodeTextNoisy(),
    images?.autoencodeImage(),
    audios?.autoencodeAudio(),
    videos?.autoencodeVideo(),
    image && images && texts?.alignText({ modality: image.modality, embed: images.embedPicture() }),
    bridge && audios?.alignAudio(bridge),
    bridge && videos?.alignVideo(bridge),
    others.length > 0 ? texts?.denoiseText(others) : undefined,
    bridge && images?.denoiseImage(bridge),
    bridge && audios?.denoiseAudio(bridge),
    bridge && videos?.denoiseVideoTemporal(bridge),
    bridge && videos?.denoiseVideo(bridge),
    audios?.vocodeAudio(),
    joinBundled(modalities),
  ];
  return objectives.filter((objective) => objective !== undefined);
}

/** What a plugin trains, which need not be there; what it imports has to be. */
async function optionalTraining(plugin: Plugin): Promise<PluginTraining | undefined> {
  try {
    return await trainingOf<PluginTraining>(plugin);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const absent = /not found|not a dependency|not exported|unknown export/i.test(error.message);
    const [, named = ""] = /["']([^"']+)["']/.exec(error.message) ?? [];
    const entry = moduleOf(plugin.specifier, "training");
    if (absent && (named === entry || /\/training$/.test(named))) return undefined;
    throw error;
  }
}
