import LibAV from "@libav.js/variant-webm-vp9";
import { type ColorCoding, toRgb } from "./_yuv.ts";
import { keyFrameSize } from "./_vpx_size.ts";

/** A frame: red, green and blue of each pixel, row by row. */
export interface DecodedFrame {
  readonly pixels: Uint8Array;
  readonly size: readonly [width: number, height: number];
}

/** What is needed of a coded track. */
export interface CodedTrack {
  readonly codec: "vp8" | "vp9";
  /** From a key frame on. */
  readonly packets: readonly Uint8Array[];
  readonly colors: ColorCoding;
  /** The most pixels a frame may have, whatever the file's header says. */
  readonly pixelLimit: number;
}

type Decoder = LibAV.LibAV & LibAV.LibAVSync;

const DECODERS = { vp8: "libvpx", vp9: "libvpx-vp9" };
const AV_LOG_QUIET = -8;

let running: Promise<Decoder> | undefined;

/** The frames on show at certain packets, by the packets' numbers. */
export async function decodeVpx(
  track: CodedTrack,
  wanted: ReadonlySet<number>,
): Promise<Map<number, DecodedFrame>> {
  running ??= LibAV.LibAV({ noworker: true });
  const own = running;
  try {
    return decodeWith(await own, track, wanted);
  } catch (cause) {
    // What a broken file has brought down is not used for the next one.
    if (running === own) running = undefined;
    throw cause;
  }
}

function decodeWith(
  av: Decoder,
  { codec, packets, colors, pixelLimit }: CodedTrack,
  wanted: ReadonlySet<number>,
): Map<number, DecodedFrame> {
  av.av_log_set_level_sync(AV_LOG_QUIET);
  const [, context, packet, frame] = av.ff_init_decoder_sync(DECODERS[codec]);
  av.av_opt_set_sync(context, "max_pixels", String(pixelLimit), 0);
  const frames = new Map<number, DecodedFrame>();
  let held: number | undefined; // packets without a frame of their own leave the last one on show
  for (const [index, data] of packets.entries()) {
    const [width, height] = keyFrameSize(codec, data) ?? [0, 0];
    if (width * height > pixelLimit) {
      throw new RangeError(`frame ${index + 1} has ${width}×${height} pixels`);
    }
    const decoded = av.ff_decode_multi_sync(context, packet, frame, [codedPacket(data)], {
      copyoutFrame: "ptr",
    });
    for (const pointer of decoded) {
      if (held !== undefined) av.av_frame_free_js_sync(held);
      held = pointer;
    }
    if (held !== undefined && wanted.has(index)) {
      const { data, width, height, format, layout } = av.ff_copyout_frame_sync(held);
      const size = [width!, height!] as const;
      frames.set(index, { pixels: toRgb(data, size, format, layout!, colors), size });
    }
  }
  if (held !== undefined) av.av_frame_free_js_sync(held);
  av.ff_free_decoder_sync(context, packet, frame);
  return frames;
}

function codedPacket(data: Uint8Array): LibAV.Packet {
  return { data, stream_index: 0, flags: 0, pts: 0, ptshi: 0 } as LibAV.Packet;
}
