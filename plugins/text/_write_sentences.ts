import type { DecodeOptions, RunningNetwork } from "@codi/core/modality";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { choiceOptions, continuations } from "./choose_token.ts";
import { MAX_WORDS } from "./tokenizer.ts";
import { END, joinTokens, PLACES, spelt, WORD_BYTES } from "./vocabulary.ts";

/** The beginning of a sentence, or all of it. */
interface Hypothesis {
  readonly tokens: readonly number[];
  readonly logLikelihood: number;
}

/**
 * Sentences from latents, word by word, by beam search: a finished sentence leaves the beam, which is
 * one narrower from then on (Sutskever et al., 2014, section 3.2). Each sentence's words hang on the
 * seed, its sample's number and its latent alone.
 *
 * @param decoder The running decoder.
 * @param latents [batch, channels], standardised.
 * @param options Signal, seed, samples' numbers, and the settings `temperature`, `topP` and `beams`.
 * @returns The most probable sentence found for each latent; with a temperature, one that is drawn.
 */
export async function writeSentences(
  decoder: RunningNetwork,
  latents: Tensor,
  { signal, seed = 0, samples, settings }: DecodeOptions = {},
): Promise<string[]> {
  const choice = choiceOptions(settings);
  const [batch, channels] = latents.shape as [number, number];
  const sentences = Array.from({ length: batch }, (_, row) => {
    const key = typeof seed === "number" ? seed : seed[row] ?? 0;
    return {
      latent: latents.data.subarray(row * channels, (row + 1) * channels),
      draw: random(key, "text", samples?.[row] ?? row, "words"),
      open: [{ tokens: [], logLikelihood: 0 }] as Hypothesis[],
      finished: [] as Hypothesis[],
    };
  });
  const words = new Map<number, string>();
  for (let place = 0; sentences.some(({ open }) => open.length > 0); place++) {
    const lines = sentences.flatMap(({ latent, open }) =>
      open.map(({ tokens }) => ({ latent, tokens }))
    );
    const { logits, spelling } = await decoder.run(feedsOf(lines, place), { signal });
    // A run spells the words that it reads.
    if (place > 0) {
      lines.forEach(({ tokens }, line) => {
        const start = (line * PLACES + place) * WORD_BYTES;
        words.set(tokens.at(-1)!, spelt(spelling!.data.subarray(start, start + WORD_BYTES)));
      });
    }
    const classes = logits!.shape[1]!;
    let line = 0;
    for (const sentence of sentences) {
      const { open, finished, draw } = sentence;
      const candidates = open.flatMap(({ tokens, logLikelihood }) => {
        const row = logits!.data.subarray(line * classes, ++line * classes);
        return continuations(row, choice, draw.uniform()).map(({ token, logProbability }) => ({
          tokens,
          token,
          logLikelihood: logLikelihood + logProbability,
        }));
      });
      const best = candidates.sort((a, b) => b.logLikelihood - a.logLikelihood)
        .slice(0, choice.beams - finished.length);
      sentence.open = [];
      for (const { tokens, token, logLikelihood } of best) {
        if (token === END || place === MAX_WORDS) finished.push({ tokens, logLikelihood });
        else sentence.open.push({ tokens: [...tokens, token], logLikelihood });
      }
    }
  }
  return sentences.map(({ finished }) => {
    const { tokens } = finished.reduce((a, b) => b.logLikelihood > a.logLikelihood ? b : a);
    return joinTokens(tokens.map((token) => words.get(token)!));
  });
}

/** The decoder's feeds for the token after a place, for every line. */
function feedsOf(
  lines: readonly { readonly latent: Float32Array; readonly tokens: readonly number[] }[],
  place: number,
): Parameters<RunningNetwork["run"]>[0] {
  const channels = lines[0]!.latent.length;
  const latent = tensor([lines.length, channels]);
  const tokens = new Int32Array(lines.length * PLACES).fill(END);
  lines.forEach((line, row) => {
    latent.data.set(line.latent, row * channels);
    tokens.set(line.tokens, row * PLACES + 1);
  });
  return {
    latent,
    tokens: { shape: [lines.length, PLACES], data: tokens },
    place: { shape: [lines.length], data: new Int32Array(lines.length).fill(place) },
  };
}
