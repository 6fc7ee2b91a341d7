import { startScript } from "../process_testing.ts";
import { startRedis, testWithRedis } from "../redis_testing.ts";
import { testFolder } from "../server_testing.ts";
import { assertEquals } from "@std/assert";

testWithRedis("openRedisQueue() keeps what every queue keeps", async () => {
  await using folder = await testFolder();
  await using redis = await startRedis(folder.path);
  const flags = ["--no-prompt", "--allow-read", "--allow-net=127.0.0.1"];
  flags.push("--allow-env", "--allow-sys");
  const { firstLine, child } = await startScript("queue/redis_queue_testing.ts", flags, [
    redis.url,
  ]);
  assertEquals([firstLine, (await child.status).code], ["all of it holds", 0]);
});
