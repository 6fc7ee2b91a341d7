import LibAV from "@libav.js/variant-webm-vp9";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  BufferSource,
  BufferTarget,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  Mp4OutputFormat,
  Output,
  WEBM,
  WebMOutputFormat,
} from "mediabunny";
import { CLIP_SHAPE, FRAME_COUNT, FRAME_SIDE } from "./clip.ts";

/** A clip as the band's are: a ring that hops on a plain background, with sharp edges. */
export function ringClip(): Tensor {
  const clip = tensor(CLIP_SHAPE);
  for (let frame = 0; frame < FRAME_COUNT; frame++) {
    const lift = frame % 5 === 3 ? 12 : 0;
    for (let y = 0; y < FRAME_SIDE; y++) {
      for (let x = 0; x < FRAME_SIDE; x++) {
        const radius = Math.hypot(x - 24 - frame, y - 40 + lift);
        const color = radius < 8 || radius > 16 ? [0.2, 0.6, -0.7] : [0.9, -0.8, 0.1];
        color.forEach((value, channel) =>
          clip.data[((3 * frame + channel) * FRAME_SIDE + y) * FRAME_SIDE + x] = value
        );
      }
    }
  }
  return clip;
}

/** A clip of noise: the worst for a codec that loses something. */
export function noiseClip(): Tensor {
  const draw = random("noise clip");
  return tensor(CLIP_SHAPE, tensor(CLIP_SHAPE).data.map(() => draw.uniform() * 2 - 1));
}

/** The brightness, from 0 to 255, in the middle of each frame. */
export function shades({ data }: Tensor): number[] {
  const middle = FRAME_SIDE * FRAME_SIDE / 2 + FRAME_SIDE / 2;
  return Array.from(
    { length: FRAME_COUNT },
    (_, frame) => Math.round((data[frame * 3 * FRAME_SIDE * FRAME_SIDE + middle]! + 1) * 127.5),
  );
}

/** How close two clips are, in dB; 2 is the range of their numbers. */
export function peakSignalToNoise(a: Tensor, b: Tensor): number {
  let sum = 0;
  a.data.forEach((value, i) => sum += (value - b.data[i]!) ** 2);
  return 10 * Math.log10(4 * a.data.length / sum);
}

/** A WebM file of grey frames, with key frames as far apart as the encoder likes; its clock may begin late. */
export async function greyWebm(
  codec: "vp8" | "vp9",
  greys: readonly number[],
  { rate, width = 64, height = 64, begin = 0 }: {
    rate: number;
    width?: number;
    height?: number;
    begin?: number;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const av = await LibAV.LibAV({ noworker: true });
  av.av_log_set_level_sync(-8);
  const [, context, frame, packet] = av.ff_init_encoder_sync(
    `libvpx${codec === "vp9" ? "-vp9" : ""}`,
    {
      ctx: { width, height, pix_fmt: 0, bit_rate: 400_000, framerate_num: rate, framerate_den: 1 },
      time_base: [1, rate],
      options: { "lag-in-frames": "0", "cpu-used": "8", deadline: "realtime" },
    },
  );
  const chroma = [Math.ceil(width / 2), Math.ceil(height / 2)] as const;
  const packets = av.ff_encode_multi_sync(
    context,
    frame,
    packet,
    greys.map((grey, index) => {
      const data = new Uint8Array(width * height + 2 * chroma[0] * chroma[1]).fill(128);
      data.fill(Math.round(16 + grey * 219 / 255), 0, width * height);
      return {
        data,
        layout: [
          { offset: 0, stride: width },
          { offset: width * height, stride: chroma[0] },
          { offset: width * height + chroma[0] * chroma[1], stride: chroma[0] },
        ],
        format: 0,
        width,
        height,
        pts: index,
        ptshi: 0,
      } as LibAV.Frame;
    }),
    true,
  );
  av.ff_free_encoder_sync(context, frame, packet);
  const target = new BufferTarget();
  const output = new Output({ format: new WebMOutputFormat(), target });
  const source = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(source);
  await output.start();
  for (const [index, { data, flags }] of packets.entries()) {
    await source.add(
      new EncodedPacket(data, (flags! & 1) === 1 ? "key" : "delta", begin + index / rate, 1 / rate),
      {
        decoderConfig: {
          codec: codec === "vp9" ? "vp09.00.10.08" : codec,
          codedWidth: width,
          codedHeight: height,
        },
      },
    );
  }
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

/** An MP4 file whose frame is coded as H.264, as phones write it; nothing here can decode it. */
export async function h264Mp4(): Promise<Uint8Array<ArrayBuffer>> {
  const [sps, pps] = [[0x67, 0x42, 0x00, 0x0a, 0xf8, 0x41, 0xa2], [0x68, 0xce, 0x38, 0x80]];
  const description = Uint8Array.from(
    [1, 0x42, 0, 0x0a, 0xff, 0xe1, 0, sps.length, ...sps, 1, 0, pps.length, ...pps],
  );
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const source = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(source);
  await output.start();
  await source.add(
    new EncodedPacket(Uint8Array.of(0, 0, 0, 2, 0x65, 0x88), "key", 0, 2),
    { decoderConfig: { codec: "avc1.42000a", codedWidth: 64, codedHeight: 64, description } },
  );
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

/** The sound of a WebM file, at 48 kHz, from where it is heard on. */
export async function soundOfWebm(bytes: Uint8Array): Promise<Float32Array> {
  const input = new Input({ source: new BufferSource(bytes), formats: [WEBM] });
  const track = await input.getPrimaryAudioTrack();
  const { description } = (await track!.getDecoderConfig())!;
  const header = new Uint8Array(description as ArrayBuffer);
  const av = await LibAV.LibAV({ noworker: true });
  const [, context, packet, frame] = av.ff_init_decoder_sync("libopus");
  const sound: number[] = [];
  for await (const { data } of new EncodedPacketSink(track!).packets()) {
    const coded = { data, stream_index: 0, flags: 0, pts: 0, ptshi: 0 } as LibAV.Packet;
    for (const part of av.ff_decode_multi_sync(context, packet, frame, [coded])) {
      const samples = part.data as Float32Array;
      for (let i = 0; i < samples.length; i += part.channels!) sound.push(samples[i]!);
    }
  }
  av.ff_free_decoder_sync(context, packet, frame);
  input.dispose();
  return Float32Array.from(sound).subarray(header[10]! + 256 * header[11]!);
}
