/**
 * Text for CoDi: the bridge that every other modality is aligned to.
 *
 * @module
 */
import { defineModality, type Modality } from "@codi/core/modality";
import { promptEncoder } from "./prompt_encoder.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** Plain text. */
export const text: Modality<"text", string> = defineModality({
  name: "text",
  version: "0.1.0",
  space: "band-1",
  bridge: true,
  codec: {
    reads: ["text/plain"],
    writes: "text/plain",
    extension: ".txt",
    decode: (bytes) => {
      try {
        return Promise.resolve(decoder.decode(bytes).trim());
      } catch (cause) {
        return Promise.reject(new SyntaxError("Cannot read text: the bytes are not UTF-8", { cause }));
      }
    },
    encode: (sample) => Promise.resolve(encoder.encode(`${sample}\n`)),
  },
  promptEncoder,
  weights: { promptEncoder: new URL("./weights/prompt_encoder.safetensors", import.meta.url) },
});
