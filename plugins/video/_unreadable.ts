/** The error of a file that is no clip that can be read. */
export function unreadable(reason: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`Cannot read a clip: ${reason}`, { cause });
}

/** The error of a file that breaks off or contradicts itself, with the first sentence of a library's complaint. */
export function damaged(cause: unknown): SyntaxError {
  if (cause instanceof SyntaxError && cause.message.startsWith("Cannot read a clip")) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const reason = message.split(/\n|\. /)[0]!.trim().replace(/[:.]+$/, "");
  return unreadable(`the file is damaged (${reason || "no reason is given"})`, cause);
}
