/** The Worker that generates: everything slow happens here, so that the server goes on answering. */

import { type Codi, load } from "@codi/core";
import { type AnyModality, findModality } from "@codi/core/modality";
import { generateBatch } from "./generate_batch.ts";
import type { Embedded, FromGenerator, ToGenerator } from "./messages.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToGenerator>) => void;
  postMessage(message: FromGenerator | "closed", transfer?: Transferable[]): void;
};

let loaded: Promise<Codi> | undefined;
let threads = navigator.hardwareConcurrency;
const running = new Map<number, { controller: AbortController; watched: ReadonlySet<number> }>();

async function start(modalities: string): Promise<Codi> {
  const module: { modalities: readonly AnyModality[] } = await import(modalities);
  return await load(module.modalities, { session: { threads } });
}

async function run({ call, jobs }: Extract<ToGenerator, { kind: "run" }>): Promise<void> {
  const state = { controller: new AbortController(), watched: new Set<number>() };
  running.set(call, state);
  try {
    const files = await generateBatch({
      codi: await loaded!,
      threads,
      jobs,
      signal: state.controller.signal,
      events: {
        notices: (notices) => scope.postMessage({ kind: "notices", call, notices }),
        step: (step) => scope.postMessage({ kind: "step", call, step }),
        watched: (job) => running.get(call)!.watched.has(job),
        preview: (job, preview) => scope.postMessage({ kind: "preview", call, job, preview }),
      },
    });
    scope.postMessage(
      { kind: "made", call, files },
      files.flatMap((made) => made.map(({ bytes }) => bytes.buffer)),
    );
  } finally {
    running.delete(call);
  }
}

async function embed({ call, inputs }: Extract<ToGenerator, { kind: "embed" }>): Promise<void> {
  const codi = await loaded!;
  const embedded: Embedded[] = [];
  for (const { modality, bytes } of inputs) {
    const { codec, prompt } = findModality(codi.modalities, modality);
    const made = prompt(await codec.decode(bytes));
    embedded.push({
      embedding: [...await codi.embed(made)],
      notices: await codi.notices([made]),
    });
  }
  scope.postMessage({ kind: "embedded", call, embedded });
}

/** Frees what the networks hold; what runs ends first, since native code must not be cut off. */
async function close(): Promise<void> {
  try {
    await (await loaded)?.close();
  } finally {
    scope.postMessage("closed");
  }
}

/** Tells of a failure, for the log: what a request could be to blame for was checked before. */
function failed(call: number, error: unknown): void {
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  scope.postMessage({ kind: "failed", call, message, stack });
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "start":
      threads = data.threads ?? threads;
      loaded = start(data.modalities);
      loaded.catch(() => {}); // every call tells
      return;
    case "run":
      return void run(data).catch((error) => failed(data.call, error));
    case "embed":
      return void embed(data).catch((error) => failed(data.call, error));
    case "watch": {
      const state = running.get(data.call);
      if (state) running.set(data.call, { ...state, watched: new Set(data.jobs) });
      return;
    }
    case "abort":
      return running.get(data.call)?.controller.abort(new Error("aborted"));
    case "close":
      return void close();
  }
};
