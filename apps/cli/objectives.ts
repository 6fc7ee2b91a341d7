import { audio } from "@codi/audio";
import { alignAudio, autoencodeAudio, denoiseAudio } from "@codi/audio/training";
import type { Objective } from "@codi/core/training";
import { image } from "@codi/image";
import { autoencodeImage, denoiseImage, embedPicture } from "@codi/image/training";
import { text } from "@codi/text";
import { alignText, autoencodeText, autoencodeTextNoisy, denoiseText } from "@codi/text/training";
import { video } from "@codi/video";
import {
  alignVideo,
  autoencodeVideo,
  denoiseVideo,
  denoiseVideoTemporal,
} from "@codi/video/training";

/** Every training objective, in an order that trains what others freeze first. */
export const objectives: readonly Objective[] = [
  autoencodeText(),
  autoencodeTextNoisy(),
  autoencodeImage(),
  autoencodeAudio(),
  autoencodeVideo(),
  alignText({ modality: image, embed: embedPicture() }),
  alignAudio(text),
  alignVideo(text),
  denoiseText([image, audio, video]),
  denoiseImage(text),
  denoiseAudio(text),
  denoiseVideoTemporal(text),
  denoiseVideo(text),
];
