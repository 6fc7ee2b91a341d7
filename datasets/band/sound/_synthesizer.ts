import { SoundBankLoader, SpessaSynthProcessor } from "spessasynth_core";
import { decimate, DECIMATION } from "./_decimate.ts";
import type { SoundSource } from "./strokes.ts";

/** Recordings that are played higher would fold back at 16 kHz: the synthesiser does not filter. */
const SAMPLE_RATE = DECIMATION * 16_000;

/** How long a note is held, in samples: 2.4 s, for the slowest recording takes 1.5 s to get loud. */
const SAMPLES = 2.4 * SAMPLE_RATE;

const BUFFER = 512;

/** The key velocity at which every note is rendered; strokes scale the result. */
const VELOCITY = 100;

const DRUM_CHANNEL = 9;

/** Renders one held note, at 16 kHz. */
export type Synthesizer = (source: SoundSource, key: number) => Float32Array<ArrayBuffer>;

function processorOf(): SpessaSynthProcessor {
  return new SpessaSynthProcessor(SAMPLE_RATE, {
    effectsEnabled: false,
    eventsEnabled: false,
    maxBufferSize: BUFFER,
  });
}

/** A synthesiser that plays a sound bank's file. */
export async function openSynthesizer(file: Uint8Array<ArrayBuffer>): Promise<Synthesizer> {
  await processorOf().processorInitialized; // the Vorbis decoder, shared by all
  const bank = SoundBankLoader.fromArrayBuffer(file.buffer);
  return (source, key) => {
    // A new one for every note, so that nothing of an earlier note can reach a later one.
    const processor = processorOf();
    processor.soundBankManager.addSoundBank(bank, "band");
    const channel = source.kind === "drum" ? DRUM_CHANNEL : 0;
    if (source.kind === "program") {
      processor.controllerChange(channel, 0, source.bank); // bank select
      processor.programChange(channel, source.program);
    }
    processor.noteOn(channel, key, VELOCITY);
    const left = new Float32Array(SAMPLES);
    const right = new Float32Array(SAMPLES);
    for (let start = 0; start < SAMPLES; start += BUFFER) {
      processor.process(left, right, start, Math.min(BUFFER, SAMPLES - start));
    }
    for (let i = 0; i < SAMPLES; i++) left[i] = (left[i]! + right[i]!) / 2;
    return decimate(left);
  };
}
