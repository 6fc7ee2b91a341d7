/** A process of its own for a test that may bring it down: ends Workers in the middle of compiling wasm. */

import { closeGate, compileGate } from "./_compile_gate.ts";

const wasm = import.meta.resolve("@jsquash/png/codec/pkg/squoosh_png_bg.wasm");

if (import.meta.main) {
  const bytes = await Deno.readFile(new URL(wasm));
  const times = Number(Deno.args[0]);
  for (let time = 0; time < times; time++) {
    const worker = new Worker(new URL("./compiling_worker_testing.ts", import.meta.url), {
      type: "module",
    });
    const gate = compileGate();
    const compiled = new Promise((resolve) => worker.onmessage = resolve);
    worker.postMessage({ gate, bytes });
    if (time % 2 === 0) await compiled;
    await new Promise((resolve) => setTimeout(resolve, 40 * time / times));
    await closeGate(gate);
    worker.terminate();
  }
}
