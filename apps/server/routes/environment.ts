import type { AnyModality } from "@codi/core/modality";
import type { ServerConfig } from "../config.ts";
import type { EventLog } from "../events/event_log.ts";
import type { Intake } from "../intake/intake.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { Generator } from "../runner/generator.ts";
import type { BlobStore } from "../store/store.ts";

/** All that routes work with. */
export interface Services {
  /** The installed modalities. */
  readonly modalities: readonly AnyModality[];
  /** The settings. */
  readonly config: ServerConfig;
  /** Where jobs are. */
  readonly queue: JobQueue;
  /** Where their files are. */
  readonly store: BlobStore;
  /** Embeds. */
  readonly generator: Generator;
  /** Looks at files. */
  readonly intake: Intake;
  /** What happened lately. */
  readonly events: EventLog;
  /** Is told of errors that are nobody's but the server's. */
  readonly report: (message: string, error: unknown) => void;
}

/** What handlers find in their context. */
export interface RouteEnvironment {
  /** The variables. */
  readonly Variables: {
    /** Whose request it is; empty if there are no tokens. */
    owner: string;
  };
}
