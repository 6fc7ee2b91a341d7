import type { z } from "@hono/zod-openapi";
import { problemSchema } from "./generation_resource.ts";

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: "The request or a file is not valid",
  401: "A valid token is needed",
  403: "The request comes from elsewhere",
  404: "There is no such thing",
  408: "The request took too long to arrive",
  409: "It is not in the right state",
  410: "The results have expired",
  413: "The request, a file in it, or what it asks for is too large",
  415: "The type of the body or of a file is not supported",
  416: "The range lies outside the file",
  422: "The Idempotency-Key belongs to another request",
  429: "The queue is full, or there are too many requests; Retry-After says when to try again",
  503: "The server cannot take this now",
};

/** A response in the documentation. */
export interface DocumentedResponse {
  /** What it means. */
  readonly description: string;
  /** What it holds. */
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** A JSON response, for the documentation. */
export function json<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
): { description: string; content: { "application/json": { schema: Schema } } } {
  return { description, content: { "application/json": { schema } } };
}

/** Problem documents, for the documentation. */
export function problems(...statuses: number[]): Record<number, DocumentedResponse> {
  return Object.fromEntries(statuses.map((status) => [status, {
    description: DESCRIPTIONS[status]!,
    content: { "application/problem+json": { schema: problemSchema } },
  }]));
}
