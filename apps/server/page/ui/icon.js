/** Strokes on a field of 24×24. */
const PATHS = {
  text: "M5 6h14M5 10.5h14M5 15h9M5 19.5h6",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.2h.01",
  video: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3",
  audio: "M4 10v4M8 6.5v11M12 9v6M16 4.5v15M20 10v4",
  sample: "M4 4h16v16H4z",
  plus: "M12 5v14M5 12h14",
  file: "M12 15V4M8 8l4-4 4 4M5 14v5h14v-5",
  record: "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  stop: "M7 7h10v10H7z",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 6v12M15.5 6v12",
  sound: "M4 10v4h3l4 3.5v-11L7 10zM15 9.5a3.5 3.5 0 0 1 0 5M17.5 7a7 7 0 0 1 0 10",
  download: "M12 4v11M8 11l4 4 4-4M5 19.5h14",
  reuse: "M9 5L4 10l5 5M4 10h10a6 6 0 0 1 6 6v3",
  follow: "M5 18V6M5 12h10M12 8.5l3.5 3.5L12 15.5M19 6v12",
  vary:
    "M4 17c4 0 5-10 9-10h7M17 4l3 3-3 3M4 7c2 0 3.2 1.6 4.2 3.6M12.5 16c.9.7 1.9 1 3.500 1H20M17 14l3 3-3 3",
  dice: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
  link:
    "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  close: "M6 6l12 12M18 6L6 18",
  help: "M9 9.500a3 3 0 1 1 4.200 2.700c-.8.400-1.200 1-1.200 1.800M12 17.500h.01",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * Draws an icon in the colour of the text around it. Screen readers pass over it.
 *
 * @param {string} name Which one; a square for a name that has none, as of a modality added later.
 * @returns {SVGSVGElement} The icon.
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const known = /** @type {IconName} */ (name in PATHS ? name : "sample");
  path.setAttribute("d", PATHS[known]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}
