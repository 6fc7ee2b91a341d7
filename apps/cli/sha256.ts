/**
 * The SHA-256 of some bytes.
 *
 * @param bytes The bytes.
 * @returns 64 hexadecimal digits.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
