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
  try {
    for (let compiled = 1;; compiled++) {
      await WebAssembly.compileStreaming(response());
      await WebAssembly.instantiateStreaming(response()).catch(() => {}); // for want of imports
      await WebAssembly.compile(bytes);
      new WebAssembly.Module(bytes);
      scope.postMessage(compiled);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } catch (error) {
    // Behind the closed gate, a busy machine may get this far before the Worker is ended.
    if (!(error instanceof Error && error.message.includes("the Worker is about to end"))) {
      throw error;
    }
  }
};
