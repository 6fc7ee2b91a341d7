import { assertEquals } from "@std/assert";
import type { RunningNetwork } from "@codi/core/modality";
import { tensor } from "@codi/core/tensor";
import { writeSentences } from "./_write_sentences.ts";
import { textAutoencoder } from "./autoencoder.ts";
import { TEXT_CONFIG } from "./config.ts";
import { END, PLACES, spellingTable, vocabularyOf, WORD_BYTES } from "./vocabulary.ts";

const vocabulary = vocabularyOf(["a", "bell", "horn", "the"]);

/**
 * A language of which all probabilities are known: what follows the words so far. "a" is likelier than
 * "the", but what may follow it is in doubt.
 */
const LANGUAGE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "": { a: 0.6, the: 0.4 },
  a: { bell: 0.4, horn: 0.35, "": 0.25 },
  the: { bell: 0.9, "": 0.1 },
};

/** A decoder that speaks the language, with the inputs and outputs of the real one. */
function speaker(): RunningNetwork & { lines: number[] } {
  const lines: number[] = [];
  return {
    network: textAutoencoder(TEXT_CONFIG.sentences!).decoder,
    lines,
    run: ({ tokens, place }) => {
      const batch = place!.shape[0]!;
      lines.push(batch);
      const classes = vocabulary.words.length + 1;
      const logits = tensor([batch, classes]);
      logits.data.fill(-30);
      const spelling = tensor([batch, PLACES, WORD_BYTES]);
      const spellings = spellingTable(vocabulary).data;
      for (let row = 0; row < batch; row++) {
        const read = Array.from(tokens!.data.slice(row * PLACES, (row + 1) * PLACES), Number);
        read.forEach((token, index) =>
          spelling.data.set(
            spellings.subarray(token * WORD_BYTES, (token + 1) * WORD_BYTES),
            (row * PLACES + index) * WORD_BYTES,
          )
        );
        const said = read.slice(1, Number(place!.data[row]) + 1)
          .map((token) => vocabulary.words[token - 1]!);
        const next = LANGUAGE[said.join(" ")] ?? { "": 1 };
        for (const [word, probability] of Object.entries(next)) {
          const token = word === "" ? END : vocabulary.tokens.get(word)!;
          logits.data[row * classes + token] = Math.log(probability);
        }
      }
      return Promise.resolve({ logits, spelling });
    },
  };
}

Deno.test("writeSentences() finds the most probable sentence, not the most probable words", async () => {
  const latents = tensor([2, 4]);
  const write = (beams: number) => writeSentences(speaker(), latents, { settings: { beams } });
  assertEquals(await write(1), ["a bell", "a bell"]); // 0.6 · 0.4
  assertEquals(await write(2), ["the bell", "the bell"]); // 0.4 · 0.9
  assertEquals(await write(16), ["the bell", "the bell"]);
});

Deno.test("writeSentences() reads no more lines than its beams, and none that are finished", async () => {
  const decoder = speaker();
  await writeSentences(decoder, tensor([1, 4]), { settings: { beams: 3 } });
  // The start; "a" and "the", as the empty sentence is finished; "the bell" and "a bell".
  assertEquals(decoder.lines, [1, 2, 2]);
});
