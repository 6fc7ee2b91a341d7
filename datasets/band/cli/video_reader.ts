import { openDevice } from "@codi/core/runtime";
import { openArt } from "../art.ts";
import { measureVideoReader, openVideoReader } from "../readers/mod.ts";
import { STYLES } from "../styles.ts";
import { confusions } from "./confusions.ts";
import { parse, printJson, SightFlags } from "./flags.ts";

/** `test-reader video` */
export async function testVideoReader(args: readonly string[]): Promise<void> {
  const { split, count, first, blur, noise, threads, cache } = parse(SightFlags, args);
  const styles = STYLES.filter(({ training }) => training === (split !== "unseen-style"));
  const art = await openArt({ styles: styles.map(({ name }) => name), cache });
  await using device = openDevice(threads === undefined ? {} : { threads });
  await using reader = await openVideoReader({ device });
  const degradation = { blur, noise };
  const test = { art, split, count, first, degradation };
  const { misread, ...measure } = await measureVideoReader(reader, test);
  const wrong = (factor: "thing" | "style" | "color" | "count" | "contour") =>
    confusions(
      misread.filter(({ scene }) => scene[factor] !== undefined)
        .map(({ scene, reading }) => [scene[factor], reading[factor]]),
    );
  printJson({
    split,
    degradation,
    ...measure,
    confusions: {
      thing: wrong("thing"),
      style: wrong("style"),
      color: wrong("color"),
      count: wrong("count"),
      contour: wrong("contour"),
    },
  });
}
