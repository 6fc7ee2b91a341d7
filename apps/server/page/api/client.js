import { isOver } from "./generation.js";
import { parseEvents } from "./parse_events.js";
import { Problem, problemOf } from "./problem.js";

/** @typedef {import("./generation.js").Generation} Generation */

/** Where a tab keeps its token. */
const TOKEN = "codi-token";
/** How often a broken stream of events is opened again. */
const RETRIES = 8;
/** What a busy server answers, or a proxy while it starts anew. */
const PASSING = [429, 502, 503, 504];

/** Asks the server. A token, if the server wants one, is kept for this tab only. */
export class Client {
  /** @type {import("./capabilities.js").Capabilities | undefined} */
  capabilities;
  /** Asks a person for a token. @type {() => Promise<string | undefined>} */
  askForToken = () => Promise.resolve(undefined);

  /** Whether the server has asked for a token, and was given one. */
  get hasToken() {
    return sessionStorage.getItem(TOKEN) !== null;
  }

  /**
   * Asks for what the server can do, and remembers it.
   *
   * @returns {Promise<import("./capabilities.js").Capabilities>} What it can do.
   */
  async open() {
    this.capabilities = await (await this.#ask("/v1/capabilities")).json();
    return /** @type {import("./capabilities.js").Capabilities} */ (this.capabilities);
  }

  /**
   * Sends a request for a generation.
   *
   * @param {object} request The request.
   * @param {ReadonlyMap<string, Blob>} files The files it names.
   * @returns {Promise<Generation>} The generation, which has only begun.
   */
  async generate(request, files) {
    const json = JSON.stringify(request);
    const headers = { "Idempotency-Key": crypto.getRandomValues(new Uint32Array(4)).join("-") };
    if (files.size === 0) {
      return await (await this.#ask("/v1/generations", {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: json,
      })).json();
    }
    const body = new FormData();
    body.set("request", json);
    for (const [name, blob] of files) body.set(name, blob, name);
    return await (await this.#ask("/v1/generations", { method: "POST", headers, body })).json();
  }

  /**
   * Asks for a generation.
   *
   * @param {string} id Which one.
   * @returns {Promise<Generation>} What it is by now.
   */
  async get(id) {
    return await (await this.#ask(`/v1/generations/${id}`)).json();
  }

  /**
   * Asks for generations, the newest first.
   *
   * @param {string | null} before Where the last page ended, if there was one.
   * @returns {Promise<{ generations: Generation[], next: string | null }>} A page of them.
   */
  async list(before) {
    const query = before === null ? "" : `&before=${encodeURIComponent(before)}`;
    return await (await this.#ask(`/v1/generations?limit=24${query}`)).json();
  }

  /**
   * Ends a generation that waits or runs.
   *
   * @param {string} id Which one.
   */
  async cancel(id) {
    await this.#ask(`/v1/generations/${id}`, { method: "DELETE" });
  }

  /**
   * Fetches an output.
   *
   * @param {string} url Where it is.
   * @returns {Promise<Blob>} Its bytes.
   */
  async output(url) {
    return await (await this.#ask(url)).blob();
  }

  /**
   * Tells what happens to a generation until it is over; goes on where it was when the connection
   * breaks.
   *
   * @param {string} id Which one.
   * @param {AbortSignal} signal Ends it.
   * @returns {AsyncGenerator<{ event: string, data: any }, void, void>} The events.
   */
  async *events(id, signal) {
    let last = "";
    for (let failures = 0; failures < RETRIES; failures++) {
      try {
        const headers = last === "" ? {} : { "Last-Event-ID": last };
        const response = await this.#ask(`/v1/generations/${id}/events`, { headers, signal });
        if (response.body === null || response.status === 204) return;
        const text = response.body.pipeThrough(new TextDecoderStream());
        for await (const { event, data, id } of parseEvents(chunksOf(text))) {
          if (id !== "") last = id;
          failures = 0;
          yield { event, data: JSON.parse(data) };
          if (isOver(event)) return;
        }
      } catch (error) {
        const ends = error instanceof Problem && error.status >= 400 &&
          !PASSING.includes(error.status);
        if (signal.aborted || ends) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 300 * 2 ** failures)));
      if (signal.aborted) return;
    }
    throw unreachable();
  }

  /**
   * @param {string} path Where.
   * @param {RequestInit} [init] What.
   * @returns {Promise<Response>} The response.
   */
  async #ask(path, init = {}) {
    const send = async () => {
      const headers = new Headers(init.headers);
      const token = sessionStorage.getItem(TOKEN);
      if (token !== null) headers.set("Authorization", `Bearer ${token}`);
      try {
        return await fetch(path, { ...init, headers });
      } catch (error) {
        if (init.signal?.aborted) throw error;
        throw unreachable();
      }
    };
    let response = await send();
    while (response.status === 401) {
      const token = await this.askForToken();
      if (token === undefined) break;
      sessionStorage.setItem(TOKEN, token);
      response = await send();
    }
    if (!response.ok) throw await problemOf(response, this.capabilities);
    return response;
  }
}

/** @returns {Problem} */
function unreachable() {
  return new Problem({
    title: "The server cannot be reached",
    detail: "Nothing answers at this page's address",
    remedy: "Start it with “deno task serve”, then try again; nothing that it accepted is lost.",
  });
}

/**
 * Streams are not iterable in every browser.
 *
 * @param {ReadableStream<string>} stream The stream.
 * @returns {AsyncGenerator<string, void, void>} Its chunks.
 */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
