import { type InputVideoTrack, type VideoSample, VideoSampleSink } from "mediabunny";
import { unreadable } from "./_unreadable.ts";
import type { DecodedFrame } from "./_vpx.ts";

/** It brings codecs of other licences, so it is there only if the user has added it. */
const PACKAGE: string = "@mediabunny/server";

/** The library's types of the platform do not know the option yet. */
const RGBX = { format: "RGBX" } as Parameters<VideoSample["copyTo"]>[1];

/** The frames at certain times of a track that only an optional package decodes. */
export async function decodeOtherwise(
  track: InputVideoTrack,
  codec: string,
  times: readonly number[],
): Promise<DecodedFrame[]> {
  await registerDecoders(codec);
  if (!await track.canDecode()) throw unreadable(`its codec "${codec}" is not read`);
  const frames: DecodedFrame[] = [];
  const seen = new Map<number, DecodedFrame>();
  for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(times)) {
    if (sample === null) throw unreadable("the file has no frames");
    try {
      const { timestamp, visibleRect: { width, height } } = sample;
      let frame = seen.get(timestamp);
      if (frame === undefined) {
        const pixels = new Uint8Array(sample.allocationSize(RGBX));
        await sample.copyTo(pixels, RGBX);
        seen.set(timestamp, frame = { pixels, size: [width, height] });
      }
      frames.push(frame);
    } finally {
      sample.close();
    }
  }
  return frames;
}

let registered = false;

async function registerDecoders(codec: string): Promise<void> {
  if (registered) return;
  let server: { registerMediabunnyServer(): void };
  try {
    server = await import(PACKAGE);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    throw unreadable(
      `its codec "${codec}" takes the package "${PACKAGE}", which ` +
        (message.includes(PACKAGE)
          ? `is not installed; add it with "deno add npm:${PACKAGE}", or convert the file to WebM`
          : `does not start (${message})`),
      cause,
    );
  }
  server.registerMediabunnyServer();
  registered = true;
}
