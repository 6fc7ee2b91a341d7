import { sha256 } from "../sha256.ts";
import { UsageError } from "./command_line.ts";

/** Shorter ones could be guessed. */
const LEAST_LETTERS = 20;

/**
 * Reads a file of tokens: on each line an owner's name and a token; what follows "#" is left out.
 *
 * @param path The file.
 * @returns The owners' names by the SHA-256 of their tokens.
 * @throws {UsageError} If it cannot be read, or a line is wrong. No message holds a token.
 */
export async function readTokens(path: string): Promise<Record<string, string>> {
  let content: string;
  try {
    content = await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError(`Cannot read the tokens in "${path}": the file cannot be opened`, {
      cause,
    });
  }
  const tokens: Record<string, string> = {};
  for (const [index, line] of content.split("\n").entries()) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) continue;
    const [owner, token] = words;
    const wrong = (detail: string) =>
      new UsageError(`Cannot read the tokens in "${path}": line ${index + 1} ${detail}`);
    if (words.length !== 2 || !/^[\w.-]{1,64}$/.test(owner!)) {
      throw wrong('is no name and token; a name is letters, digits, "_", "-" and "."');
    }
    if (token!.length < LEAST_LETTERS) {
      throw wrong(`has a token of less than ${LEAST_LETTERS} letters`);
    }
    tokens[await sha256(token!)] = owner!;
  }
  if (Object.keys(tokens).length === 0) {
    throw new UsageError(`Cannot read the tokens in "${path}": there are none in it`);
  }
  return tokens;
}
