/** The short name of a problem. */
export type ProblemName =
  | "invalid-request"
  | "unreadable-file"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "method-not-allowed"
  | "wrong-state"
  | "expired"
  | "request-timeout"
  | "too-large"
  | "job-too-large"
  | "unsupported-type"
  | "range-not-satisfiable"
  | "idempotency-mismatch"
  | "queue-full"
  | "too-many-requests"
  | "internal"
  | "generation-failed"
  | "unavailable"
  | "timeout";

/** The status and the title that go with each. */
const PROBLEMS: Readonly<Record<ProblemName, readonly [status: number, title: string]>> = {
  "invalid-request": [400, "The request is not valid"],
  "unreadable-file": [400, "A file cannot be read"],
  "unauthorized": [401, "A valid token is needed"],
  "forbidden": [403, "The request comes from elsewhere"],
  "not-found": [404, "There is nothing here"],
  "method-not-allowed": [405, "The method is not allowed"],
  "wrong-state": [409, "The generation is not in the right state"],
  "expired": [410, "The results have expired"],
  "request-timeout": [408, "The request took too long to arrive"],
  "too-large": [413, "The request is too large"],
  "job-too-large": [413, "The generation would take too much"],
  "unsupported-type": [415, "The type is not supported"],
  "range-not-satisfiable": [416, "The range lies outside the file"],
  "idempotency-mismatch": [422, "The idempotency key belongs to another request"],
  "queue-full": [429, "The queue is full"],
  "too-many-requests": [429, "Too many requests"],
  "internal": [500, "The server failed"],
  "generation-failed": [500, "The generation failed"],
  "unavailable": [503, "The server cannot take this now"],
  "timeout": [504, "The generation took too long"],
};

/** A problem document as RFC 9457 defines it. */
export interface ProblemDocument {
  /** `urn:codi:problem:` and the short name. */
  readonly type: string;
  /** What kind of problem it is. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What went wrong this time. */
  readonly detail: string;
  /** Which time it was, as the log of the server tells it. */
  readonly instance?: string;
  /** What is wrong with which member of a request. */
  readonly errors?: readonly ProblemPlace[];
}

/** One thing that is wrong with a request. */
export interface ProblemPlace {
  /** The member, as a JSON pointer. */
  readonly pointer: string;
  /** What is wrong with it. */
  readonly detail: string;
}

/** Options of a {@linkcode Problem}. */
export interface ProblemOptions {
  /** Under what the log of the server tells more: a URI. */
  readonly instance?: string;
  /** What is wrong with which member of a request. */
  readonly errors?: readonly ProblemPlace[];
  /** Headers of the response, for example `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The error behind it; it is never sent. */
  readonly cause?: unknown;
}

/** An error that is meant for whoever sent the request. */
export class Problem extends Error {
  /** Its name. */
  override readonly name = "Problem";
  /** What is sent. */
  readonly document: ProblemDocument;
  /** Headers of the response. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Makes one.
   *
   * @param problem The short name.
   * @param detail What went wrong this time, without anything of the server's inside.
   * @param options Places in the request, headers, and the error behind it.
   */
  constructor(problem: ProblemName, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    const [status, title] = PROBLEMS[problem];
    this.document = {
      type: `urn:codi:problem:${problem}`,
      title,
      status,
      detail,
      ...(options.instance !== undefined && { instance: options.instance }),
      ...(options.errors && { errors: options.errors }),
    };
    this.headers = options.headers ?? {};
  }

  /** The response that tells it. */
  response(): Response {
    return Response.json(this.document, {
      status: this.document.status,
      headers: { ...this.headers, "Content-Type": "application/problem+json" },
    });
  }
}

/**
 * Reports an error that is nothing for whoever sent the request.
 *
 * @param message What could not be done.
 * @param error The error.
 * @param report Is told both, with an id.
 * @returns What the sender is told: the id.
 */
export function internalProblem(
  message: string,
  error: unknown,
  report: (message: string, error: unknown) => void,
): Problem {
  const id = crypto.randomUUID();
  report(`${message} (${id})`, error);
  return new Problem(
    "internal",
    `Something went wrong inside the server; its log has it as ${id}`,
    {
      instance: `urn:uuid:${id}`,
    },
  );
}
