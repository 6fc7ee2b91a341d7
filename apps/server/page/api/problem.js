import { sizeInWords } from "../ui/format.js";

/** Something that a person can be told: what went wrong, and what can be done. */
export class Problem extends Error {
  /**
   * @param {{ title: string, detail?: string, remedy?: string, type?: string, status?: number }} told
   *   What is told.
   */
  constructor({ title, detail = "", remedy = "", type = "", status = 0 }) {
    super(detail === "" ? title : `${title}: ${detail}`);
    /** @readonly */
    this.title = title;
    /** @readonly */
    this.detail = detail;
    /** What can be done, or "". @readonly */
    this.remedy = remedy;
    /** The last part of the problem's URN, as "too-large". @readonly */
    this.type = type;
    /** @readonly */
    this.status = status;
  }
}

/**
 * Puts what a person calls the members of a request in the place of their JSON pointers.
 *
 * @param {unknown} error What was thrown.
 * @param {ReadonlyMap<string, string>} names The names, by the pointers.
 * @returns {unknown} The problem in a person's words.
 */
export function withNames(error, names) {
  if (!(error instanceof Problem)) return error;
  const detail = error.detail.replace(
    /\/(?:prompts\/\d+|(?:follow|keep)\/\w+)/g,
    (pointer) => names.get(pointer) ?? pointer,
  );
  const { title, remedy, type, status } = error;
  return new Problem({ title, detail, remedy, type, status });
}

/**
 * What can be done about a problem.
 *
 * @param {string} type The last part of its URN.
 * @param {import("./capabilities.js").Capabilities | undefined} capabilities What the server can do.
 * @param {string | null} [retryAfter] Seconds, as the response says.
 * @returns {string} A sentence, or "".
 */
export function remedyFor(type, capabilities, retryAfter = null) {
  const limits = capabilities?.limits;
  switch (type) {
    case "too-large":
      return limits === undefined
        ? "Use a smaller or shorter file."
        : `Use a smaller or shorter file: this server takes up to ${
          sizeInWords(limits.uploadBytes)
        } a file, ${limits.pixels / 1e6} megapixels a picture and ${limits.seconds} seconds.`;
    case "job-too-large":
      return "Ask for fewer samples or outputs, or use smaller files.";
    case "request-timeout":
      return "Use smaller files, or a faster connection.";
    case "unsupported-type":
      return capabilities === undefined
        ? ""
        : `It takes ${
          [...new Set(capabilities.modalities.flatMap(({ accepts }) => accepts))].sort().join(", ")
        }.`;
    case "unreadable-file":
      return "Save the file again in another format, or use another one.";
    case "queue-full":
    case "too-many-requests":
    case "unavailable":
      return `Try again in ${retryAfter ?? "a few"} seconds.`;
    case "expired":
    case "not-found":
      return "The server has forgotten it. Its recipe can be made again.";
    case "timeout":
      return "Ask for fewer outputs or steps.";
    case "internal":
    case "generation-failed":
      return "Try again; if it stays so, the server's log says more.";
    default:
      return "";
  }
}

/**
 * Reads the problem document of a response (RFC 9457).
 *
 * @param {Response} response A response that is not ok.
 * @param {import("./capabilities.js").Capabilities} [capabilities] What the server can do.
 * @returns {Promise<Problem>} What to tell.
 */
export async function problemOf(response, capabilities) {
  const told = await response.json().catch(() => ({}));
  return problemFrom({ status: response.status, ...told }, capabilities, {
    retryAfter: response.headers.get("retry-after"),
  });
}

/**
 * A problem from its document.
 *
 * @param {{ type?: string, title?: string, detail?: string, status?: number }} told The document.
 * @param {import("./capabilities.js").Capabilities} [capabilities] What the server can do.
 * @param {{ retryAfter?: string | null }} [options] What came with it.
 * @returns {Problem} What to tell.
 */
export function problemFrom(told, capabilities, { retryAfter = null } = {}) {
  const type = (told.type ?? "").split(":").at(-1) ?? "";
  return new Problem({
    title: told.title ?? `The server answered with ${told.status}`,
    detail: told.detail ?? "",
    remedy: remedyFor(type, capabilities, retryAfter),
    type,
    status: told.status ?? 0,
  });
}
