import type { JobSpec } from "../queue/job.ts";
import type { Preview } from "../queue/queue.ts";

/** A job as the Worker that generates gets it. */
export interface JobInput {
  /** What to generate. */
  readonly spec: JobSpec;
  /** The uploads, by their keys. */
  readonly uploads: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}

/** A file as the Worker that generates hands it over. */
export interface MadeFile {
  /** Its name. */
  readonly name: string;
  /** The name of its modality; undefined for the record of the run. */
  readonly modality: string | undefined;
  /** The number of the sample. */
  readonly sample: number;
  /** Its media type. */
  readonly mediaType: string;
  /** The ending of its file's name, with the dot. */
  readonly extension: string;
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Their SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  /** The text itself, if it is a short one. */
  readonly text?: string;
}

/** A sample to be embedded. */
export interface EmbedInput {
  /** The name of its modality. */
  readonly modality: string;
  /** Its file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A sample's place in the shared space. */
export interface Embedded {
  /** The numbers, of length 1 together. */
  readonly embedding: number[];
  /** What a user should know of it. */
  readonly notices: string[];
}

/** What the Worker that generates is told. */
export type ToGenerator =
  | { readonly kind: "start"; readonly modalities: string; readonly threads: number | undefined }
  | { readonly kind: "run"; readonly call: number; readonly jobs: readonly JobInput[] }
  | { readonly kind: "watch"; readonly call: number; readonly jobs: readonly number[] }
  | { readonly kind: "abort"; readonly call: number }
  | { readonly kind: "embed"; readonly call: number; readonly inputs: readonly EmbedInput[] }
  | { readonly kind: "close" };

/** What the Worker that generates tells of a call. */
export type FromGenerator =
  | { readonly kind: "notices"; readonly call: number; readonly notices: readonly string[][] }
  | { readonly kind: "step"; readonly call: number; readonly step: number }
  | {
    readonly kind: "preview";
    readonly call: number;
    readonly job: number;
    readonly preview: Preview;
  }
  | { readonly kind: "made"; readonly call: number; readonly files: readonly MadeFile[][] }
  | { readonly kind: "embedded"; readonly call: number; readonly embedded: readonly Embedded[] }
  | {
    readonly kind: "failed";
    readonly call: number;
    readonly message: string;
    readonly stack: string;
  };
