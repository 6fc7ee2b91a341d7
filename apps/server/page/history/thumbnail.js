/** Pixels of a side. */
const SIDE = 96;

/**
 * A small picture of a picture or clip.
 *
 * @param {Blob} blob The picture or clip.
 * @returns {Promise<string>} A data URL.
 */
export async function thumbnailOf(blob) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (context === null) throw new TypeError("Cannot draw: the browser gives no canvas");
  if (blob.type.startsWith("image/")) {
    context.drawImage(await createImageBitmap(blob), 0, 0, SIDE, SIDE);
    return canvas.toDataURL("image/webp", 0.8);
  }
  const url = URL.createObjectURL(blob);
  try {
    const video = document.createElement("video");
    video.muted = true;
    video.src = url;
    await new Promise((resolve, reject) => {
      video.addEventListener("loadeddata", resolve);
      video.addEventListener("error", reject);
    });
    context.drawImage(video, 0, 0, SIDE, SIDE);
    return canvas.toDataURL("image/webp", 0.8);
  } finally {
    URL.revokeObjectURL(url);
  }
}
