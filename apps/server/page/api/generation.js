/**
 * An output of a generation.
 *
 * @typedef {{
 *   name: string,
 *   modality: string,
 *   sample: number,
 *   mediaType: string,
 *   bytes: number,
 *   url: string,
 *   text?: string,
 * }} Output
 */

/**
 * A sample in a request as it is told: uploads are told by their digest.
 *
 * @typedef {{
 *   text?: string,
 *   output?: string,
 *   upload?: { mediaType: string, bytes: number, sha256: string },
 * }} ToldSample
 */

/**
 * The request of a generation, as the server tells it.
 *
 * @typedef {{
 *   prompts: (ToldSample & { modality: string, weight: number, negative: boolean })[],
 *   to: string[],
 *   seed: number,
 *   steps: number,
 *   sampler: string,
 *   count: number,
 *   guidance?: Record<string, number>,
 *   environment?: Record<string, number>,
 *   candidates?: number | Record<string, number>,
 *   mixing?: string,
 *   eta?: number,
 *   decoding?: Record<string, Record<string, string | number>>,
 *   format?: Record<string, string>,
 *   follow?: Record<string, ToldSample>,
 *   keep?: Record<string, ToldSample & { region?: string }>,
 * }} ToldRequest
 */

/**
 * A generation, as the server tells it.
 *
 * @typedef {{
 *   id: string,
 *   status: "waiting" | "running" | "done" | "failed" | "cancelled" | "expired",
 *   position: number | null,
 *   step: number,
 *   steps: number,
 *   createdAt: string,
 *   request: ToldRequest,
 *   notices: string[],
 *   outputs: Output[],
 *   run: string | null,
 *   error: { type: string, title: string, detail: string, status: number } | null,
 * }} Generation
 */

/**
 * What an output looks like by now.
 *
 * @typedef {{ name: string, modality: string, mediaType: string, data?: string, text?: string }}
 *   PreviewOutput
 */

/** The states that do not change any more. */
const FINAL = ["done", "failed", "cancelled", "expired"];

/**
 * Whether a generation is over.
 *
 * @param {string} status Its status.
 * @returns {boolean} Whether it is.
 */
export function isOver(status) {
  return FINAL.includes(status);
}
