/**
 * The mean colour along the left and right edges of a picture: what stands beside it then looks like
 * more of it.
 *
 * @param {CanvasImageSource} picture The picture, or a clip at its present frame.
 * @returns {string} The colour, for CSS.
 */
export function edgeColor(picture) {
  const canvas = document.createElement("canvas");
  const side = canvas.width = canvas.height = 32;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return "transparent";
  context.drawImage(picture, 0, 0, side, side);
  const sum = [0, 0, 0];
  for (const x of [0, side - 1]) {
    const { data } = context.getImageData(x, 0, 1, side);
    data.forEach((value, i) => i % 4 < 3 && (sum[i % 4] += value));
  }
  return `rgb(${sum.map((value) => Math.round(value / (2 * side))).join(" ")})`;
}
