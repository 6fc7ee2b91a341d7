/**
 * Running programs with onnxruntime in Workers.
 *
 * @module
 */
export { checkFeeds, type Device, type Executable, openDevice } from "./device.ts";
export type { Feed } from "./feed.ts";
export { createSession, type SessionOptions, toOrtTensor } from "./session.ts";
