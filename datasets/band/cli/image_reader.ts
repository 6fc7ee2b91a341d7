import { openDevice } from "@codi/core/runtime";
import { openArt } from "../art.ts";
import { imageReaderTask, measureImageReader, openImageReader } from "../readers/mod.ts";
import { STYLES } from "../styles.ts";
import { confusions } from "./confusions.ts";
import { parse, printJson, SightFlags, TrainFlags } from "./flags.ts";
import { trainNetwork } from "./train_network.ts";

/** `train-reader image` */
export async function trainImageReader(
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const flags = parse(TrainFlags, args);
  const task = imageReaderTask({ art: await openArt({ cache: flags.cache }), seed: flags.seed });
  await trainNetwork("image", task, flags, signal);
}

/** `test-reader image` */
export async function testImageReader(args: readonly string[]): Promise<void> {
  const { split, count, first, blur, noise, threads, cache } = parse(SightFlags, args);
  const styles = STYLES.filter(({ training }) => training === (split !== "unseen-style"));
  const art = await openArt({ styles: styles.map(({ name }) => name), cache });
  await using device = openDevice(threads === undefined ? {} : { threads });
  await using reader = await openImageReader({ device });
  const degradation = { blur, noise };
  const { misread, ...measure } = await measureImageReader(reader, {
    art,
    split,
    count,
    first,
    degradation,
  });
  const wrong = (factor: "thing" | "style" | "color") =>
    confusions(misread.map(({ scene, reading }) => [scene[factor], reading[factor]]));
  printJson({
    split,
    degradation,
    ...measure,
    confusions: { thing: wrong("thing"), style: wrong("style"), color: wrong("color") },
  });
}
