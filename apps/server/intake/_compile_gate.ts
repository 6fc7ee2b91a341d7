/**
 * Whether a Worker compiles wasm, or may no longer begin to: a word of memory that the Worker and whoever
 * ends it share. Ending a Worker while V8 compiles for it from a stream brings the whole process down.
 */
export type CompileGate = Int32Array<SharedArrayBuffer>;

const OPEN = 0;
const COMPILING = 1;
const CLOSED = 2;

/** A gate that is open. */
export function compileGate(): CompileGate {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/**
 * Lets a Worker be ended: from here on it begins no compilation, and the one under way is over. Which
 * modules a Worker compiles is not in a file's hands, so that does not take long.
 *
 * @param gate The gate that the Worker compiles behind.
 */
export async function closeGate(gate: CompileGate): Promise<void> {
  while (Atomics.compareExchange(gate, 0, OPEN, CLOSED) === COMPILING) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Makes all of this thread's wasm be compiled behind a gate, whichever library asks for it: in one piece,
 * never from a stream or beside other work.
 *
 * @param gate The gate.
 */
export function compileBehind(gate: CompileGate): void {
  const { Module, instantiate } = WebAssembly;
  const compile = (...values: ConstructorParameters<typeof Module>): WebAssembly.Module => {
    if (Atomics.compareExchange(gate, 0, OPEN, COMPILING) === CLOSED) {
      throw new Error("Cannot compile wasm: the Worker is about to end");
    }
    try {
      return new Module(...values);
    } finally {
      Atomics.store(gate, 0, OPEN);
    }
  };
  const received = async (source: Response | PromiseLike<Response>): Promise<BufferSource> =>
    await (await source).arrayBuffer();
  const made = async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const module = compile(source);
    return { module, instance: await instantiate(module, imports) };
  };
  Object.assign(WebAssembly, {
    Module: new Proxy(Module, { construct: (_, values) => compile(...values as [BufferSource]) }),
    compile: (source: BufferSource) => new Promise((resolve) => resolve(compile(source))),
    compileStreaming: async (source: Response | PromiseLike<Response>) =>
      compile(await received(source)),
    instantiate: async (
      source: BufferSource | WebAssembly.Module,
      imports?: WebAssembly.Imports,
    ) =>
      source instanceof Module ? await instantiate(source, imports) : await made(source, imports),
    instantiateStreaming: async (
      source: Response | PromiseLike<Response>,
      imports?: WebAssembly.Imports,
    ) => await made(await received(source), imports),
  });
}
