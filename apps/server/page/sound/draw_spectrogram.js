import { spectrogram } from "./spectrogram.js";

/**
 * Draws a sound's spectrogram: time to the right, pitch upwards, in the colours of the page.
 *
 * @param {HTMLCanvasElement} canvas Where it is drawn; its size is set.
 * @param {Float32Array} sound Samples in [−1, 1].
 * @param {number} rate Samples a second.
 * @param {{ columns: number, rows: number }} size Its size.
 */
export function drawSpectrogram(canvas, sound, rate, { columns, rows }) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const levels = spectrogram(sound, rate, columns, rows);
  const image = context.createImageData(columns, rows);
  const colors = heatOf(canvas);
  levels.forEach((level, i) => image.data.set(colors(level), 4 * i));
  context.putImageData(image, 0, 0);
}

/**
 * Redraws a picture of a spectrogram, dark for silent and light for loud, in the colours of the page.
 *
 * @param {HTMLCanvasElement} canvas Where it is drawn; its size is set.
 * @param {ImageBitmap} picture The picture.
 */
export function drawSpectrogramPicture(canvas, picture) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return;
  context.drawImage(picture, 0, 0);
  const image = context.getImageData(0, 0, picture.width, picture.height);
  const colors = heatOf(canvas);
  for (let i = 0; i < image.data.length; i += 4) {
    const [red, green, blue] = image.data.subarray(i, i + 3);
    const light = (0.3 * red + 0.59 * green + 0.11 * blue) / 247;
    image.data.set(colors(Math.min(1, light ** 0.7)), i);
  }
  context.putImageData(image, 0, 0);
}

/**
 * @param {Element} element Where the colours hold.
 * @returns {(level: number) => [number, number, number, number]} The colour of a loudness.
 */
function heatOf(element) {
  const style = getComputedStyle(element.isConnected ? element : document.documentElement);
  const stops = [0, 1, 2, 3].map((stop) => rgbOf(style.getPropertyValue(`--heat-${stop}`).trim()));
  return (level) => {
    const place = level * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const [a, b] = [stops[below], stops[below + 1]];
    const mixed = [0, 1, 2].map((i) => Math.round(a[i] + (b[i] - a[i]) * (place - below)));
    return [mixed[0], mixed[1], mixed[2], 255];
  };
}

/**
 * @param {string} color As "#1a2b3c".
 * @returns {number[]} Red, green and blue.
 */
function rgbOf(color) {
  return [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16));
}
