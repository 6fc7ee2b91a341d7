import type { z } from "@hono/zod-openapi";
import { Problem, type ProblemPlace } from "../problem.ts";

/**
 * Checks a value that came with a request.
 *
 * @param schema What it should be.
 * @param value The value.
 * @returns The value, with defaults filled in.
 * @throws {Problem} If it is something else; all places that are wrong are named.
 */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`)
        .join(""),
      detail: message,
    })),
  );
}

/**
 * The problem of a request with wrong members.
 *
 * @param errors What is wrong with which.
 * @returns The problem; throw it.
 */
export function invalid(errors: readonly ProblemPlace[]): Problem {
  const shown = errors.slice(0, 20);
  const detail = shown.map(({ pointer, detail }) => `${pointer.slice(1) || "the body"}: ${detail}`)
    .join("; ");
  return new Problem("invalid-request", detail, { errors: shown });
}
