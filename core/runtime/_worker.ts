/** The Worker behind a device: owns onnxruntime sessions. */

import type ort from "onnxruntime-node";
import type { Tensor } from "../tensor/mod.ts";
import type { Feed } from "./feed.ts";
import { createSession, type SessionOptions, toOrtTensor } from "./session.ts";
import { answerCalls } from "./worker_channel.ts";

const sessions = new Map<number, ort.InferenceSession>();

const calls = {
  /** Opens a model under a handle. */
  async open({ handle, model, options }: {
    readonly handle: number;
    readonly model: Uint8Array;
    readonly options: SessionOptions;
  }): Promise<void> {
    sessions.set(handle, await createSession(model, options));
  },

  /** Runs a model once. */
  async run(
    { handle, feeds }: { readonly handle: number; readonly feeds: Readonly<Record<string, Feed>> },
    transfer: Transferable[],
  ): Promise<Record<string, Tensor>> {
    const results = await sessions.get(handle)!.run(
      Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrtTensor(feed)])),
    );
    const outputs: Record<string, Tensor> = {};
    for (const [name, { data, dims }] of Object.entries(results)) {
      // Copied out of the runtime's memory, so that the buffer can be transferred.
      const copy = data instanceof Float32Array
        ? data.slice()
        : Float32Array.from(data as Uint8Array | BigInt64Array, Number);
      outputs[name.replace(/:0$/, "")] = { shape: dims, data: copy };
      transfer.push(copy.buffer);
    }
    return outputs;
  },

  /** Frees a model. */
  async release({ handle }: { readonly handle: number }): Promise<void> {
    await sessions.get(handle)?.release();
    sessions.delete(handle);
  },
};

/** What a device asks. */
export type DeviceCalls = typeof calls;

answerCalls(calls);
