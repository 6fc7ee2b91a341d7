import { element } from "../ui/element.js";
import { icon } from "../ui/icon.js";

/** @typedef {import("../api/generation.js").Output} Output */

/**
 * The buttons of an output.
 *
 * @param {Output} output The output.
 * @param {Blob} blob Its bytes.
 * @param {{
 *   info: import("../api/capabilities.js").ModalityInfo,
 *   reuse: (output: Output, role: "prompt" | "follow" | "keep") => void,
 * }} options What can be done with it, and who does it.
 * @returns {HTMLElement[]} The buttons.
 */
export function outputTools(output, blob, { info, reuse }) {
  const { modality } = output;
  /** @type {HTMLElement[]} */
  const tools = [tool("reuse", `Use the ${modality} as a prompt`, "Prompt", () => {
    reuse(output, "prompt");
  })];
  if (info.follow && !info.words) {
    tools.push(tool("follow", `Let others follow the ${modality} in time`, "Follow", () => {
      reuse(output, "follow");
    }));
  }
  const url = URL.createObjectURL(blob);
  const label = `Download the ${modality}`;
  tools.push(element(
    "a",
    { href: url, download: fileName(output), class: "tool", "aria-label": label, title: label },
    icon("download"),
  ));
  return tools;

  /**
   * @param {string} name Of the icon.
   * @param {string} label What it does, in full.
   * @param {string} short What it does, in a word.
   * @param {() => void} click Does it.
   */
  function tool(name, label, short, click) {
    const properties = { type: "button", class: "tool", "aria-label": label, title: label };
    return element("button", { ...properties, on: { click } }, icon(name), short);
  }
}

/** @param {Output} output An output. @returns {string} The name of its file. */
function fileName({ name, mediaType, url }) {
  const ending = /** @type {Record<string, string>} */ ({
    "text/plain": "txt",
    "image/png": "png",
    "audio/wav": "wav",
    "audio/ogg": "opus",
    "video/webm": "webm",
    "image/gif": "gif",
  })[mediaType] ?? mediaType.split("/").at(-1);
  return `codi-${url.split("/").at(3)?.slice(0, 8)}-${name}.${ending}`;
}
