/**
 * A size in words.
 *
 * @param {number} bytes The size.
 * @returns {string} Such as "1.5 MB".
 */
export function sizeInWords(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${Number((bytes / 1e6).toFixed(1))} MB`;
}

/**
 * A place in a sound or clip.
 *
 * @param {number} seconds The place.
 * @returns {string} Such as "0:01.5".
 */
export function timeInWords(seconds) {
  const tenths = Math.floor(Math.max(0, seconds) * 10 + 1e-6);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${
    tenths % 10
  }`;
}

/**
 * How long ago something was.
 *
 * @param {number} then When, in milliseconds.
 * @param {number} now The present.
 * @returns {string} Such as "5 minutes ago".
 */
export function agoInWords(then, now) {
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const seconds = Math.max(0, now - then) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return format.format(-Math.round(seconds / 3600), "hour");
  return format.format(-Math.round(seconds / 86_400), "day");
}

/**
 * Names as one reads them out.
 *
 * @param {readonly string[]} names The names.
 * @returns {string} Such as "text, image and audio".
 */
export function listInWords(names) {
  return new Intl.ListFormat("en", { type: "conjunction", style: "long" }).format(names)
    .replace(", and ", " and ");
}

/** @param {number} steps How many. @returns {string} In words. */
export function stepsInWords(steps) {
  return steps === 1 ? "1 step" : `${steps} steps`;
}
