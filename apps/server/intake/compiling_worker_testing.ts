/** A Worker that compiles wasm without end, in all the ways there are. */

import { compileBehind, type CompileGate } from "./_compile_gate.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<{ gate: CompileGate; bytes: Uint8Array<ArrayBuffer> }>) => void;
  postMessage(compiled: number): void;
};

scope.onmessage = async ({ data: { gate, bytes } }) => {
  compileBehind(gate);
  const type = { headers: { "content-type": "application/wasm" } };
  const response = () => Promise.resolve(new Response(bytes, type));
  for (let compiled = 1;; compiled++) {
    await WebAssembly.compileStreaming(response());
    await WebAssembly.instantiateStreaming(response()).catch(() => {}); // for want of imports
    await WebAssembly.compile(bytes);
    new WebAssembly.Module(bytes);
    scope.postMessage(compiled);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
};
