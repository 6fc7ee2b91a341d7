/** The Worker behind a device: owns onnxruntime sessions and answers one request after the other. */

import type ort from "onnxruntime-node";
import type { Tensor } from "../tensor/mod.ts";
import type { Feed } from "./feed.ts";
import { createSession, type SessionOptions, toOrtTensor } from "./session.ts";

/** What a device asks. */
export type Request =
  | { id: number; kind: "open"; handle: number; model: Uint8Array; options: SessionOptions }
  | { id: number; kind: "run"; handle: number; feeds: Readonly<Record<string, Feed>> };

/** What it is told. */
export type Reply =
  | { id: number; kind: "opened" }
  | { id: number; kind: "outputs"; outputs: Record<string, Tensor> }
  | { id: number; kind: "error"; message: string };

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(reply: Reply, transfer?: Transferable[]): void;
};
const sessions = new Map<number, ort.InferenceSession>();

async function answer(request: Request): Promise<void> {
  const { id } = request;
  if (request.kind === "open") {
    sessions.set(request.handle, await createSession(request.model, request.options));
    return scope.postMessage({ id, kind: "opened" });
  }
  const session = sessions.get(request.handle)!;
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, feed] of Object.entries(request.feeds)) feeds[name] = toOrtTensor(feed);
  const results = await session.run(feeds);
  const outputs: Record<string, Tensor> = {};
  const transfer: Transferable[] = [];
  for (const [name, result] of Object.entries(results)) {
    // Copied out of the runtime's memory, so that the buffer can be transferred.
    const data = Float32Array.from(result.data as Float32Array);
    outputs[name.replace(/:0$/, "")] = { shape: result.dims, data };
    transfer.push(data.buffer);
  }
  scope.postMessage({ id, kind: "outputs", outputs }, transfer);
}

let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data)).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ id: data.id, kind: "error", message });
  });
};
