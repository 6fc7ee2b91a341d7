import { DEFAULT_CONFIG, type ServerConfig } from "../config.ts";
import { type ServeOptions, UsageError } from "./command_line.ts";
import { readTokens } from "./read_tokens.ts";

/**
 * The settings that arguments ask for.
 *
 * @param options The arguments.
 * @returns The settings.
 * @throws {UsageError} If everybody beyond this machine could use the server.
 */
export async function configOf(options: ServeOptions): Promise<ServerConfig> {
  const { host, hostNames, open } = options;
  const tokens = options.tokens === undefined ? {} : await readTokens(options.tokens);
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host);
  if (!loopback && options.tokens === undefined && !open) {
    throw new UsageError(
      `Cannot listen on "${host}" without tokens, since anybody could use it: give --tokens FILE, or --open if that is meant`,
    );
  }
  return {
    ...DEFAULT_CONFIG,
    limits: {
      ...DEFAULT_CONFIG.limits,
      waiting: options.waiting,
      waitSeconds: options.waitSeconds,
      jobSeconds: options.jobSeconds,
      jobMemoryBytes: 1e6 * options.jobMemoryMegabytes,
      jobDiskBytes: 1e6 * options.jobDiskMegabytes,
    },
    resultSeconds: 3600 * options.keepHours,
    storeBytes: 1e6 * options.diskMegabytes,
    memoryBytes: 1e6 * options.memoryMegabytes,
    requestsPerMinute: options.requestsPerMinute,
    tokens,
    origins: options.origins,
    // With tokens a foreign page has nothing to send; without them the name is what tells it apart.
    hosts: !loopback && hostNames.length === 0
      ? undefined
      : [...DEFAULT_CONFIG.hosts!, ...hostNames.map((name) => name.toLowerCase())],
  };
}
