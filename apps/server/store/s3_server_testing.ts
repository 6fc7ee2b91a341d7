/**
 * An S3-compatible server for tests: a process of its own, which prints its address. It knows the key
 * `S3RVER` only and keeps its files in the folder that it is given.
 */
// deno-lint-ignore-file no-console
import S3rver from "s3rver";

if (import.meta.main) {
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    directory: Deno.args[0]!,
    configureBuckets: [{ name: "results", configs: [] }],
  });
  const { port } = await server.run() as { port: number };
  console.log(`http://127.0.0.1:${port}`);
}
