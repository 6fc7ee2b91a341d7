/**
 * Text for CoDi: the bridge that every other modality is aligned to.
 *
 * @module
 */
import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import { TEXT_CONFIG, type TextConfig, textPromptEncoder } from "./prompt_encoder.ts";

export type { TextConfig };

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/**
 * A text modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are.
 */
export function createText(
  config: TextConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"text", string> {
  return defineModality({
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
          return Promise.reject(
            new SyntaxError("Cannot read text: the bytes are not UTF-8", { cause }),
          );
        }
      },
      encode: (sample) => Promise.resolve(encoder.encode(`${sample}\n`)),
    },
    promptEncoder: textPromptEncoder(config),
    weights,
  });
}

/** Plain text. */
export const text: Modality<"text", string> = createText(TEXT_CONFIG, {
  promptEncoder: new URL("./weights/prompt_encoder.safetensors", import.meta.url),
});
