/** How many files are kept. */
const MOST = 60;

/**
 * Keeps the files that were used as prompts in this browser, by their SHA-256, so that recipes with
 * files can be made again after the page was closed. Where a browser refuses to store, files last
 * as long as the page.
 */
export class KeptFiles {
  /** @type {Map<string, Blob>} */
  #memory = new Map();
  /** @type {Promise<IDBDatabase | undefined> | undefined} */
  #database;

  /**
   * Keeps a file.
   *
   * @param {Blob} blob The file.
   * @param {string} [name] The key to keep it under, if it is to be found by another digest, too: the
   * server writes pictures anew and tells the digest of what it wrote.
   * @returns {Promise<string>} Its key.
   */
  async put(blob, name) {
    const key = name ?? await digestOf(blob);
    this.#memory.set(key, blob);
    const store = await this.#store("readwrite");
    if (store !== undefined) {
      store.put({ key, blob, at: Date.now() });
      const keys = await resultOf(store.index("at").getAllKeys());
      for (const old of keys.slice(0, Math.max(0, keys.length - MOST))) store.delete(old);
    }
    return key;
  }

  /**
   * Gives a file.
   *
   * @param {string} key Its key.
   * @returns {Promise<Blob | undefined>} The file, if it is kept.
   */
  async get(key) {
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const store = await this.#store("readonly");
    const row = store && await resultOf(store.get(key));
    if (row !== undefined) this.#memory.set(key, row.blob);
    return row?.blob;
  }

  /**
   * @param {IDBTransactionMode} mode What is done.
   * @returns {Promise<IDBObjectStore | undefined>} The files on disk, if there are any.
   */
  async #store(mode) {
    this.#database ??= openDatabase().catch(() => undefined);
    return (await this.#database)?.transaction("files", mode).objectStore("files");
  }
}

/** @returns {Promise<IDBDatabase>} */
async function openDatabase() {
  const opening = indexedDB.open("codi", 1);
  opening.onupgradeneeded = () => {
    const files = opening.result.createObjectStore("files", { keyPath: "key" });
    files.createIndex("at", "at");
  };
  return await resultOf(opening);
}

/**
 * @template Result
 * @param {IDBRequest<Result>} request A request.
 * @returns {Promise<Result>} Its result.
 */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {Blob} blob A file.
 * @returns {Promise<string>} Its SHA-256; a random name where the page is not served securely.
 */
async function digestOf(blob) {
  if (crypto.subtle === undefined) return crypto.getRandomValues(new Uint32Array(4)).join("-");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
