import type { DecodeOptions, RunningNetwork } from "@codi/core/modality";
import { random } from "@codi/core/random";
import type { Tensor } from "@codi/core/tensor";
import { choiceOptions, chooseToken } from "./choose_token.ts";
import { MAX_WORDS } from "./tokenizer.ts";
import { END, joinTokens, PLACES, spelt, WORD_BYTES } from "./vocabulary.ts";

/**
 * Sentences from latents, word by word. Each sentence's words hang on the seed, its sample's number and
 * its latent alone.
 *
 * @param decoder The running decoder.
 * @param latents [batch, channels], standardised.
 * @param options Signal, seed, samples' numbers, and the settings `temperature` and `topP`.
 * @returns One sentence for each latent.
 */
export async function writeSentences(
  decoder: RunningNetwork,
  latents: Tensor,
  { signal, seed = 0, samples, settings }: DecodeOptions = {},
): Promise<string[]> {
  const choice = choiceOptions(settings);
  const batch = latents.shape[0]!;
  const draws = Array.from({ length: batch }, (_, row) => {
    const key = typeof seed === "number" ? seed : seed[row] ?? 0;
    return random(key, "text", samples?.[row] ?? row, "words");
  });
  const tokens = new Int32Array(batch * PLACES).fill(END);
  const lengths = new Int32Array(batch).fill(-1); // not known yet
  for (let place = 0;; place++) {
    const { logits, spelling } = await decoder.run({
      latent: latents,
      tokens: { shape: [batch, PLACES], data: tokens },
      place: { shape: [batch], data: new Int32Array(batch).fill(place) },
    }, { signal });
    const classes = logits!.shape[1]!;
    lengths.forEach((length, row) => {
      if (length >= 0) return;
      const row0 = logits!.data.subarray(row * classes, (row + 1) * classes);
      const token = chooseToken(row0, choice, draws[row]!.uniform());
      if (token === END || place === MAX_WORDS) lengths[row] = place;
      else tokens[row * PLACES + place + 1] = token;
    });
    // The run that finds the last end has read, and spelt, every word before it.
    if (lengths.every((length) => length >= 0)) {
      return Array.from(lengths, (length, row) => {
        const words = Array.from({ length }, (_, index) => {
          const start = (row * PLACES + index + 1) * WORD_BYTES;
          return spelt(spelling!.data.subarray(start, start + WORD_BYTES));
        });
        return joinTokens(words);
      });
    }
  }
}
