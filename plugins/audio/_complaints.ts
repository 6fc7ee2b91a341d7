import { unreadable } from "./_waveform.ts";

/** The part of the WebAssembly decoders that turns an error's address into its text. */
interface DecoderCommon {
  codeToString(pointer: number): string;
}

/**
 * Makes a decoder's first complaint end its work. By themselves they print complaints and go on, and the
 * MP3 decoder may ask for the same frame for ever.
 */
export function failOnComplaint(decoder: object): void {
  const { _common: common } = decoder as { _common: DecoderCommon };
  const describe = common.codeToString;
  common.codeToString = (pointer) => {
    throw damaged(describe(pointer));
  };
}

/** The error of a file whose header is right and whose sound is not. */
export function damaged(cause: unknown): SyntaxError {
  if (cause instanceof SyntaxError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return unreadable(
    `the file is damaged (${message.split("\n")[0]!.trim().replace(/\.$/, "")})`,
    cause,
  );
}
