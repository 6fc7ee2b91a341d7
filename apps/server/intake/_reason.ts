/** What a plugin says of a file that it cannot read; what libraries say is nothing for its sender. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^Cannot read [^:]*: (.*)$/s.exec(message)?.[1] ?? "the file is damaged";
}
