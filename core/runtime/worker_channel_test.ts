import { assert, assertEquals, assertRejects } from "@std/assert";
import { openWorker } from "./worker_channel.ts";

interface Calls {
  double(message: number): number;
  fail(message: string): void;
  take(message: unknown): string;
  bytes(message: number, transfer: Transferable[]): Uint8Array;
  crash(message: undefined): void;
}

const channel = new URL("./worker_channel.ts", import.meta.url).href;
const module = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
const answering = module(`
  import { answerCalls } from "${channel}";
  answerCalls({
    double: (message) => 2 * message,
    fail: (message) => Promise.reject(new RangeError(message)),
    take: (message) => typeof message,
    bytes: (message, transfer) => {
      const bytes = new Uint8Array(message);
      transfer.push(bytes.buffer);
      return bytes;
    },
    crash: () => new Promise(() => setTimeout(() => { throw new Error("out of order"); })),
  });
`);

Deno.test("openWorker() answers calls in order and passes errors on", async () => {
  const worker = openWorker<Calls>(answering, "test");
  const order: number[] = [];
  await Promise.all([3, 1, 2].map(async (n) => order.push(await worker.call("double", n))));
  assertEquals(order, [6, 2, 4]);
  await assertRejects(() => worker.call("fail", "too large"), Error, "too large");
  assertEquals((await worker.call("bytes", 5)).length, 5);
  await worker.close();
});

Deno.test("openWorker() goes on after a message that cannot be sent", async () => {
  const worker = openWorker<Calls>(answering, "test");
  const calls = [worker.call("take", () => {}), worker.call("take", 1)];
  const [refused, taken] = await Promise.allSettled(calls);
  assertEquals(refused!.status, "rejected");
  assertEquals(taken, { status: "fulfilled", value: "number" });
  await worker.close();
});

Deno.test("openWorker() rejects all calls, later ones too, when the Worker fails", async () => {
  for (const url of [answering, module('throw new Error("out of order")')]) {
    const worker = openWorker<Calls>(url, "test");
    const calls = [worker.call("crash", undefined), worker.call("double", 1)];
    for (const outcome of await Promise.allSettled(calls)) {
      assert(outcome.status === "rejected");
      assert(/^The test's Worker failed: .*out of order/.test(outcome.reason.message));
    }
    await assertRejects(() => worker.call("double", 1), Error, "out of order");
    await worker.close();
    await assertRejects(() => worker.call("double", 1), Error, "out of order");
  }
});
