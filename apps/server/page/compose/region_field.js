import { element } from "../ui/element.js";

/**
 * A field for the part of a sample that is kept. The part can be typed, or drawn on the sample: a box
 * on a picture, a span of time on anything else.
 *
 * @param {{
 *   sample: HTMLElement,
 *   box: boolean,
 *   value: string,
 *   change: (region: string) => void,
 * }} options Where it is drawn, whether it is a box, what it is now, and who gets to know.
 * @returns {HTMLElement} The field.
 */
export function regionField({ sample, box, value, change }) {
  const mark = element("span", { class: "region", hidden: true });
  const input = element("input", {
    type: "text",
    value,
    placeholder: box ? "0,0,32,64" : "0-1",
    on: { input: () => set(input.value) },
  });
  const help = box
    ? "draw it on the picture, or type x0,y0,x1,y1 of 64×64"
    : "draw it above, or type seconds: 0-1 or 0-0.5+1.5-2";
  sample.classList.add("drawable");
  sample.append(mark);
  /** @type {[number, number] | undefined} */
  let from;
  sample.addEventListener("pointerdown", (event) => {
    if (sample.closest("[data-role=keep]") === null) return;
    from = placeOf(event);
    sample.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  sample.addEventListener("pointermove", (event) => {
    if (from === undefined) return;
    input.value = regionBetween(from, placeOf(event));
    set(input.value);
  });
  // Else the browser would drag the picture away.
  sample.addEventListener("dragstart", (event) => event.preventDefault());
  sample.addEventListener("pointerup", () => from = undefined);
  sample.addEventListener("pointercancel", () => from = undefined);
  show(value);
  return element("label", { class: "region-field" }, "Keep ", input, element("small", {}, help));

  /** @param {PointerEvent} event Where the pointer is. @returns {[number, number]} */
  function placeOf({ clientX, clientY }) {
    const { left, top, width, height } = sample.getBoundingClientRect();
    const within = (/** @type {number} */ share) => Math.min(1, Math.max(0, share));
    return [within((clientX - left) / width), within((clientY - top) / height)];
  }

  /** @param {[number, number]} a A corner. @param {[number, number]} b Another. */
  function regionBetween(a, b) {
    const [left, right] = [a[0], b[0]].sort((x, y) => x - y);
    const [top, bottom] = [a[1], b[1]].sort((x, y) => x - y);
    // Latents have a place for every eighth pixel or so, and one for every eighth of a second.
    if (!box) return `${Math.floor(left * 16) / 8}-${Math.ceil(right * 16) / 8}`;
    const low = [left, top].map((share) => 8 * Math.floor(share * 8));
    return [...low, ...[right, bottom].map((share) => 8 * Math.ceil(share * 8))].join(",");
  }

  /** @param {string} region The part. */
  function set(region) {
    show(region);
    change(region);
  }

  /** @param {string} region The part. */
  function show(region) {
    const numbers = region.split(/[,-]/).map(Number);
    const known = numbers.length === (box ? 4 : 2) && numbers.every(Number.isFinite);
    mark.hidden = !known || region === "";
    if (mark.hidden) return;
    const [x0, y0, x1, y1] = box
      ? numbers.map((pixels) => pixels / 64)
      : [numbers[0] / 2, 0, numbers[1] / 2, 1];
    Object.assign(mark.style, {
      left: `${100 * x0}%`,
      top: `${100 * y0}%`,
      width: `${100 * (x1 - x0)}%`,
      height: `${100 * (y1 - y0)}%`,
    });
  }
}
