/** The files of the weights that readers ship with; the clip reader works with those of pictures. */
export const READER_WEIGHTS: Readonly<Record<"image" | "audio", URL>> = {
  image: new URL("./weights/image.safetensors", import.meta.url),
  audio: new URL("./weights/audio.safetensors", import.meta.url),
};
