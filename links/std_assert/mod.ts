/**
 * A stand-in for `jsr:@std/assert`, so that a checkout works without reaching that registry.
 * It offers the assertions this project uses, under the same names and with the same behaviour.
 * Published packages depend on the real one; deleting `links` in `deno.json` switches a checkout over.
 *
 * @module
 */
import strict from "node:assert/strict";

/** Thrown by a failed assertion. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function fail(message: string, cause?: unknown): never {
  throw new AssertionError(message, cause === undefined ? undefined : { cause });
}

/** Asserts that a value is truthy. */
export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) fail(message);
}

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    strict.deepStrictEqual(actual, expected);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    fail(message === undefined ? detail : `${detail}: ${message}`, error);
  }
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    strict.notDeepStrictEqual(actual, expected);
  } catch (error) {
    fail(message ?? "Expected the values to differ", error);
  }
}

/** Asserts that two numbers differ by at most `tolerance` (default: 1e-7 of the expected value). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  fail(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" is greater than "${allowed}"${
      message === undefined ? "" : `: ${message}`
    }`,
  );
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    fail(`Expected actual: "${actual}" to contain: "${expected}"${message ? `: ${message}` : ""}`);
  }
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) {
    fail(`Expected actual: "${actual}" to match: "${expected}"${message ? `: ${message}` : ""}`);
  }
}

/** Asserts that a value is neither null nor undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    fail(
      `Expected actual: "${actual}" to not be null or undefined${message ? `: ${message}` : ""}`,
    );
  }
}

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function checkError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E> | undefined,
  includes: string | undefined,
): E {
  if (!(error instanceof Error)) fail(`A non-Error object was thrown: ${String(error)}`);
  if (errorClass && !(error instanceof errorClass)) {
    fail(
      `Expected error to be instance of "${errorClass.name}", but was "${error.constructor.name}": ${error.message}`,
      error,
    );
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    fail(`Expected error message to include "${includes}", but got "${error.message}"`, error);
  }
  return error as E;
}

/** Asserts that a function throws, and returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes);
  }
  return fail("Expected function to throw");
}

/** Asserts that a promise rejects, and resolves to the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes);
  }
  return fail("Expected function to reject");
}
