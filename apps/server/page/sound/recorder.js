import { Problem } from "../api/problem.js";
import { decodeSound } from "./decode_sound.js";
import { writeWav } from "./write_wav.js";

/** Samples a second of a recording. */
const RATE = 16_000;
/** Below this, what comes before and after counts as silence. */
const SILENCE = 0.01;

/**
 * A recording that goes on.
 *
 * @typedef {{
 *   level: () => number,
 *   stop: () => Promise<Blob>,
 * }} Recording
 */

/**
 * Begins to record the microphone.
 *
 * @returns {Promise<Recording>} `level` tells how loud it is just now, in [0, 1]; `stop` ends it and
 *   gives a WAV file, without the silence before the first sound.
 * @throws {Problem} If the browser or the person says no.
 */
export async function record() {
  const stream = await openMicrophone();
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  recorder.start();
  return {
    level: () => {
      analyser.getFloatTimeDomainData(wave);
      return Math.min(1, wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    },
    stop: async () => {
      const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
      recorder.stop();
      await stopped;
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      const sound = await decodeSound(new Blob(parts, { type: recorder.mimeType }), RATE);
      return writeWav(withoutSilence(sound), RATE);
    },
  };
}

/** @returns {Promise<MediaStream>} */
async function openMicrophone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (cause) {
    const denied = cause instanceof DOMException && cause.name === "NotAllowedError";
    throw new Problem({
      title: "The microphone cannot be used",
      detail: denied ? "The browser does not allow it" : "No microphone was found",
      remedy: denied
        ? "Allow it beside the page's address, then record again."
        : "Connect one, or drop a sound file. Browsers record on 127.0.0.1 and https only.",
    });
  }
}

/**
 * @param {Float32Array} sound A sound.
 * @returns {Float32Array} The sound from a moment before it is first heard.
 */
function withoutSilence(sound) {
  const first = sound.findIndex((value) => Math.abs(value) > SILENCE);
  return first < 0 ? sound : sound.subarray(Math.max(0, first - RATE / 50));
}
