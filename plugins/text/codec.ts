import type { Codec } from "@codi/core/modality";
import { requireText } from "./tokenizer.ts";

/** The most bytes a text may have. */
const BYTE_LIMIT = 1_048_576;

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** UTF-8 in and out; a byte order mark and blanks at both ends are dropped. */
export const codec: Codec<string> = {
  reads: ["text/plain"],
  writes: "text/plain",
  extension: ".txt",
  decode: (bytes) => {
    if (bytes.length > BYTE_LIMIT) {
      return Promise.reject(
        new SyntaxError(
          `Cannot read text: it has ${bytes.length} bytes, at most ${BYTE_LIMIT} are read`,
        ),
      );
    }
    try {
      return Promise.resolve(decoder.decode(bytes).trim());
    } catch (cause) {
      return Promise.reject(
        new SyntaxError("Cannot read text: the bytes are not UTF-8", { cause }),
      );
    }
  },
  encode: (sample) =>
    Promise.try(() => {
      requireText(sample, "write");
      return encoder.encode(`${sample}\n`);
    }),
};
