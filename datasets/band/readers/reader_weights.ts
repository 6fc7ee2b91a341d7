/** The files of the weights that readers ship with; the clip reader works with those of pictures. */
export const READER_WEIGHTS = {
  image: new URL("./weights/image.safetensors", import.meta.url),
  audio: new URL("./weights/audio.safetensors", import.meta.url),
} as const;
