/**
 * A modality, as the server describes it.
 *
 * @typedef {{
 *   name: string,
 *   prompt: boolean,
 *   output: boolean,
 *   words: boolean,
 *   accepts: string[],
 *   writes: string,
 *   formats: Record<string, string>,
 *   guidance: number | null,
 *   environment: number | null,
 *   candidates: number | null,
 *   follow: boolean,
 *   keep: boolean,
 * }} ModalityInfo
 */

/**
 * What the server can do.
 *
 * @typedef {{
 *   version: string,
 *   authentication: "none" | "bearer",
 *   modalities: ModalityInfo[],
 *   samplers: string[],
 *   defaults: { sampler: string, steps: number, count: number, preview: number },
 *   limits: Record<"uploadBytes" | "requestBytes" | "files" | "prompts" | "pixels" | "seconds" |
 *     "textBytes" | "steps" | "count", number>,
 * }} Capabilities
 */

/** The kinds of files that are shown in a way of their own. */
const KINDS = /** @type {const} */ (["text", "image", "video", "audio"]);

/**
 * How samples of a media type are shown.
 *
 * @param {string} mediaType The media type.
 * @returns {"text" | "image" | "video" | "audio" | "other"} What it looks and sounds like.
 */
export function kindOf(mediaType) {
  // Notes, not sounds: browsers do not play them.
  if (mediaType === "audio/midi") return "other";
  return KINDS.find((kind) => mediaType.startsWith(`${kind}/`)) ?? "other";
}
