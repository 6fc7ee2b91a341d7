/** Typed calls from one thread to a Worker: both ends, for packages of core that own a Worker. */

/** What a Worker can be asked: functions of one message. Buffers put into `transfer` are moved, not copied. */
export type WorkerCalls<Calls> = {
  readonly [Name in keyof Calls]: (message: never, transfer: Transferable[]) => unknown;
};

/** The message of a call. */
export type CallMessage<Call> = Call extends (message: infer Message, ...rest: never) => unknown
  ? Message
  : never;

/** The result of a call. */
export type CallResult<Call> = Call extends (...parameters: never) => infer Result ? Awaited<Result>
  : never;

/** The calling end of a Worker. */
export interface WorkerChannel<Calls> {
  /**
   * Sends a message and waits for the answer. Calls are answered one after the other, in order. With
   * an aborted signal the promise rejects at once: a call that has not begun is dropped, the result of
   * one under way too. Buffers in `transfer` are moved, not copied.
   */
  call<Name extends keyof Calls>(
    name: Name,
    message: CallMessage<Calls[Name]>,
    signal?: AbortSignal,
    transfer?: Transferable[],
  ): Promise<CallResult<Calls[Name]>>;
  /**
   * Ends the Worker; calls under way and later ones reject at once. The promise resolves when the
   * Worker is gone: what it is computing ends first, since native code must not be cut off.
   */
  close(): Promise<void>;
}

interface Call {
  readonly name: PropertyKey;
  readonly message: unknown;
  readonly transfer: Transferable[];
  readonly answer: PromiseWithResolvers<unknown>;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * Starts a Worker and opens a channel to it.
 *
 * @param url The Worker's module; it calls {@linkcode answerCalls}.
 * @param owner Who uses it, for errors: "device".
 * @returns The calling end.
 */
export function openWorker<Calls extends WorkerCalls<Calls>>(
  url: URL,
  owner: string,
): WorkerChannel<Calls> {
  const worker = new Worker(url, { type: "module" });
  // One message is with the Worker at a time: what waits here can still be dropped.
  const waiting: Call[] = [];
  let current: Call | undefined;
  let failure: Error | undefined;
  const idle = Promise.withResolvers<void>();

  const sendNext = () => {
    while (current === undefined && waiting.length > 0) {
      current = waiting.shift()!;
      try {
        worker.postMessage({ name: current.name, message: current.message }, current.transfer);
      } catch (error) { // the message cannot be cloned
        current.answer.reject(error);
        current = undefined;
      }
    }
  };
  const end = (reason: Error) => {
    failure ??= reason;
    for (const { answer } of [...(current ? [current] : []), ...waiting.splice(0)]) {
      answer.reject(failure);
    }
    if (current === undefined) idle.resolve();
  };
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (current === undefined) return;
    const { answer } = current;
    current = undefined;
    if (failure !== undefined) return idle.resolve();
    if (data.error === undefined) answer.resolve(data.result);
    else answer.reject(new Error(data.error));
    sendNext();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    end(new Error(`The ${owner}'s Worker failed: ${event.message}`));
    current = undefined;
    idle.resolve();
    worker.terminate();
  };

  return {
    call: <Name extends keyof Calls>(
      name: Name,
      message: CallMessage<Calls[Name]>,
      signal?: AbortSignal,
      transfer: Transferable[] = [],
    ) => {
      if (failure !== undefined) return Promise.reject(failure);
      if (signal?.aborted) return Promise.reject(signal.reason);
      const call: Call = { name, message, transfer, answer: Promise.withResolvers() };
      const abort = () => {
        const place = waiting.indexOf(call);
        if (place >= 0) waiting.splice(place, 1);
        call.answer.reject(signal!.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      waiting.push(call);
      sendNext();
      const done = () => signal?.removeEventListener("abort", abort);
      call.answer.promise.then(done, done);
      return call.answer.promise as Promise<CallResult<Calls[Name]>>;
    },
    close: async () => {
      end(new Error(`The ${owner} is closed`));
      await idle.promise;
      worker.terminate();
    },
  };
}

/**
 * Answers calls, one after the other; the Worker's end of a channel.
 *
 * @param calls The functions, by name; what they throw rejects the call.
 */
export function answerCalls<Calls extends WorkerCalls<Calls>>(calls: Calls): void {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<{ name: keyof Calls; message: never }>) => void;
    postMessage(answer: Answer, transfer: Transferable[]): void;
  };
  scope.onmessage = async ({ data: { name, message } }) => {
    try {
      const transfer: Transferable[] = [];
      const result = await calls[name](message, transfer);
      scope.postMessage({ result }, transfer);
    } catch (error) {
      scope.postMessage({ error: error instanceof Error ? error.message : String(error) }, []);
    }
  };
}
