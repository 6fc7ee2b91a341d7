import ort from "onnxruntime-node/package.json" with { type: "json" };

/** What networks ran on: where these agree, so do the bytes. */
export interface RuntimeRecord {
  /** The version of Deno. */
  readonly deno: string;
  /** The version of onnxruntime. */
  readonly onnxruntime: string;
  /** The operating system. */
  readonly os: string;
  /** The kind of processor. */
  readonly arch: string;
  /** Threads per operator. */
  readonly threads: number;
}

/**
 * Writes down what networks run on.
 *
 * @param threads Threads per operator.
 * @returns The record.
 *
 * @example Beside what was generated
 * ```ts
 * import { runtimeRecord } from "@codi/core/runtime";
 * import { assertEquals } from "@std/assert";
 *
 * const { threads, deno } = runtimeRecord(2);
 * assertEquals([threads, deno], [2, Deno.version.deno]);
 * ```
 */
export function runtimeRecord(threads: number): RuntimeRecord {
  return {
    deno: Deno.version.deno,
    onnxruntime: ort.version,
    os: Deno.build.os,
    arch: Deno.build.arch,
    threads,
  };
}
