import type { Tensor } from "@codi/core/tensor";
import {
  BufferSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  QTFF,
  WEBM,
} from "mediabunny";
import { fromFrames } from "./_clip_pixels.ts";
import { missingBytes } from "./_ebml.ts";
import { fitFrame, type FrameGeometry } from "./_fit_frame.ts";
import { decodeOtherwise } from "./_optional_decoder.ts";
import { framesShown, requireStart, sampleTimes } from "./_timeline.ts";
import { damaged, unreadable } from "./_unreadable.ts";
import { type DecodedFrame, decodeVpx } from "./_vpx.ts";

/** The most pixels of a frame: 4096×2160 and a little more. */
const PIXEL_LIMIT = 9_000_000;
/** The most pixels that are decoded, all frames up to the last together. */
const WORK_LIMIT = 1_500_000_000;
const FRAME_LIMIT = 2_000;
/** In seconds. */
const DURATION_LIMIT = 3600;

/** A clip from a WebM, Matroska or MP4 file. */
export async function readContainer(bytes: Uint8Array, start: number): Promise<Tensor> {
  const missing = missingBytes(bytes);
  if (missing > 0) throw unreadable(`the file is damaged (its last ${missing} bytes are missing)`);
  const input = new Input({
    source: new BufferSource(bytes),
    formats: [WEBM, MATROSKA, MP4, QTFF],
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) throw unreadable("the file has no moving picture");
    // What was cut out of a stream keeps its clock.
    const first = Math.max(0, await track.getFirstTimestamp());
    const duration = await track.computeDuration() - first;
    if (!(duration < DURATION_LIMIT)) {
      throw unreadable(
        `its ${Math.round(duration)} seconds are above the limit of ${DURATION_LIMIT}`,
      );
    }
    requireStart(start, duration);
    const geometry = await geometryOf(track);
    const frames = await decodeTrack(track, start, first);
    const fitted = new Map<DecodedFrame, Promise<Uint8Array>>();
    for (const frame of frames) {
      if (!fitted.has(frame)) fitted.set(frame, fitFrame(frame.pixels, frame.size, geometry));
    }
    return fromFrames(await Promise.all(frames.map((frame) => fitted.get(frame)!)));
  } catch (cause) {
    throw cause instanceof RangeError && cause.message.startsWith("Cannot read") // start
      ? cause
      : damaged(cause);
  } finally {
    input.dispose();
  }
}

/** Looks at a track's size before anything is decoded. */
async function geometryOf(track: InputVideoTrack): Promise<FrameGeometry> {
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  if (!(width > 0 && height > 0)) throw unreadable("its frames have no size");
  if (width * height > PIXEL_LIMIT) {
    throw unreadable(
      `its frames of ${width}×${height} are above the ${PIXEL_LIMIT / 1e6}-megapixel limit`,
    );
  }
  return {
    shown: [await track.getSquarePixelWidth(), await track.getSquarePixelHeight()],
    rotation: await track.getRotation(),
  };
}

/** The frames on show at each of a clip's times, of a track whose first frame has a time of its own. */
async function decodeTrack(
  track: InputVideoTrack,
  start: number,
  first: number,
): Promise<DecodedFrame[]> {
  const codec = await track.getCodec();
  if (codec !== "vp8" && codec !== "vp9") {
    if (codec === null) throw unreadable("the file does not say how its frames are coded");
    return await decodeOtherwise(track, codec, sampleTimes(start).map((time) => first + time));
  }
  const sink = new EncodedPacketSink(track);
  const begin = await sink.getKeyPacket(first + start) ?? await sink.getFirstKeyPacket();
  if (begin === null) throw unreadable("the file has no frames");
  const end = sampleTimes(start).at(-1)!;
  const packets: Uint8Array[] = [];
  const begins: number[] = [];
  const pixels = await track.getCodedWidth() * await track.getCodedHeight();
  for await (const packet of sink.packets(begin)) {
    const time = packet.timestamp - first;
    if (time > end) break;
    packets.push(packet.data);
    begins.push(time);
    if (packets.length > FRAME_LIMIT || packets.length * pixels > WORK_LIMIT) {
      throw unreadable(`too many frames come before its second ${end.toFixed(2)}`);
    }
  }
  if (packets.length === 0) throw unreadable("the file has no frames");
  const { matrix, fullRange } = await track.getColorSpace();
  const colors = { bt709: matrix === "bt709", fullRange: fullRange === true };
  const shown = framesShown(begins, start);
  const frames = await decodeVpx(
    { codec, packets, colors, pixelLimit: PIXEL_LIMIT },
    new Set(shown),
  );
  return shown.map((index) => {
    const frame = frames.get(index);
    if (frame === undefined) throw unreadable(`its frame ${index + 1} does not decode`);
    return frame;
  });
}
