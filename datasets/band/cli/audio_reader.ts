import { openDevice } from "@codi/core/runtime";
import { z } from "zod";
import { audioReaderTask, measureAudioReader, openAudioReader } from "../readers/mod.ts";
import { openSounds } from "../sound/sounds.ts";
import { confusions } from "./confusions.ts";
import { parse, printJson, TestFlags, TrainFlags, whole } from "./flags.ts";
import { trainNetwork } from "./train_network.ts";

const Flags = TestFlags.extend({
  bank: z.enum(["training", "unseen"]).default("training"),
  vocoder: whole.max(1000).optional(),
  smear: z.coerce.number().min(0).max(8).default(0),
  noise: z.coerce.number().min(0).max(2).default(0),
});

/** `train-reader audio` */
export async function trainAudioReader(
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const flags = parse(TrainFlags, args);
  const task = audioReaderTask({ sounds: await openSounds(), seed: flags.seed });
  await trainNetwork("audio", task, flags, signal);
}

/** `test-reader audio` */
export async function testAudioReader(args: readonly string[]): Promise<void> {
  const { split, count, first, threads, bank, vocoder, smear, noise } = parse(Flags, args);
  await using device = openDevice(threads === undefined ? {} : { threads });
  await using reader = await openAudioReader({ device });
  const degradation = { vocoder, smear, noise };
  const { misread, ...measure } = await measureAudioReader(reader, {
    sounds: await openSounds({ bank }),
    split,
    count,
    first,
    degradation,
  });
  const wrong = (factor: "thing" | "count" | "contour" | "register") =>
    confusions(misread.map(({ scene, reading }) => [scene[factor], reading[factor]]));
  printJson({
    split,
    bank,
    degradation,
    ...measure,
    confusions: {
      thing: wrong("thing"),
      count: wrong("count"),
      contour: wrong("contour"),
      register: wrong("register"),
    },
  });
}
