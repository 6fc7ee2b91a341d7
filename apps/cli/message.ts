/**
 * What a person should read of an error.
 *
 * @param error What was thrown.
 * @returns Its message, on one line, without control characters.
 */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message.trim() || error.name : String(error);
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\s*[\r\n]+\s*/g, "; ").replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "�");
}

/**
 * Why a file could not be read or written.
 *
 * @param error What was thrown.
 * @returns The reason, to stand after a message that names the file.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is a file";
  if (error instanceof Deno.errors.AlreadyExists) return "there is a file of that name";
  return messageOf(error).replace(/ \(os error \d+\).*$/, "").replace(/[\s:.]+$/, "");
}
