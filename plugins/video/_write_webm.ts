import type { Tensor } from "@codi/core/tensor";
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Output,
  WebMOutputFormat,
} from "mediabunny";
import sharp from "sharp";
import { FRAME_COUNT, FRAME_RATE, FRAME_SIDE } from "./clip.ts";
import { stackedFrames } from "./_clip_pixels.ts";
import { encodeOpus } from "./_opus.ts";

/** Players smear small clips, and the codec halves the resolution of colour: so pixels are squares. */
const SCALE = 4;
const SIDE = SCALE * FRAME_SIDE;
const QUALITY = 90;

/** A clip as WebM: key frames in VP8 and, if there is a sound of 16 kHz, Opus. */
export async function writeWebm(
  clip: Tensor,
  { description, sound }: { description?: string | undefined; sound?: Tensor | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const video = new EncodedVideoPacketSource("vp8");
  output.addVideoTrack(video, { frameRate: FRAME_RATE });
  const audio = new EncodedAudioPacketSource("opus");
  if (sound !== undefined) output.addAudioTrack(audio);
  if (description !== undefined) output.setMetadataTags({ comment: description });
  await output.start();
  // Side by side, since the file interleaves them and one waits for the other.
  await Promise.all([
    addFrames(video, clip),
    sound === undefined ? undefined : addSound(audio, sound.data),
  ]);
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

async function addFrames(track: EncodedVideoPacketSource, clip: Tensor): Promise<void> {
  const stack = stackedFrames(clip, SCALE);
  const size = SIDE * SIDE * 3;
  for (let frame = 0; frame < FRAME_COUNT; frame++) {
    const pixels = stack.subarray(frame * size, (frame + 1) * size);
    const webp = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .webp({ quality: QUALITY }).toBuffer();
    const packet = new EncodedPacket(vp8Chunk(webp), "key", frame / FRAME_RATE, 1 / FRAME_RATE);
    await track.add(packet, {
      decoderConfig: { codec: "vp8", codedWidth: SIDE, codedHeight: SIDE },
    });
  }
  track.close();
}

async function addSound(track: EncodedAudioPacketSource, sound: Float32Array): Promise<void> {
  const { packets, header } = encodeOpus(sound);
  let start = 0;
  for (const { data, seconds } of packets) {
    await track.add(new EncodedPacket(data, "key", start, seconds), {
      decoderConfig: {
        codec: "opus",
        numberOfChannels: 1,
        sampleRate: 48_000,
        description: header,
      },
    });
    start += seconds;
  }
  track.close();
}

/** The one key frame in VP8 that a lossy WebP picture without transparency is. */
function vp8Chunk(webp: Uint8Array): Uint8Array {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  for (let at = 12; at + 8 <= webp.length;) {
    const size = view.getUint32(at + 4, true);
    const name = String.fromCharCode(...webp.subarray(at, at + 4));
    if (name === "VP8 ") return webp.slice(at + 8, at + 8 + size);
    at += 8 + size + size % 2;
  }
  throw new TypeError("Cannot write a clip: the picture has no frame in VP8");
}
