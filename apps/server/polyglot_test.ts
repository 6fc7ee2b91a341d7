import { audio } from "@codi/audio";
import { tensor } from "@codi/core/tensor";
import { image } from "@codi/image";
import { video } from "@codi/video";
import { assert, assertEquals } from "@std/assert";
import sharp from "sharp";
import { assertProblem, type TestServer, testServer } from "./server_testing.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A file that is one thing from its beginning and another one from its end. */
interface Polyglot {
  readonly name: string;
  readonly modality: "image" | "audio" | "video";
  readonly bytes: Bytes;
  /** As what it is decoded; undefined if it is refused. */
  readonly kept?: string;
  /** With which status it is refused. */
  readonly refused?: 400 | 415;
}

const HTML = "<html><script>alert(document.domain)</script></html>";

function bytesOf(...parts: readonly (string | Uint8Array)[]): Bytes {
  const all = parts.map((part) =>
    typeof part === "string" ? Uint8Array.from(part, (letter) => letter.charCodeAt(0)) : part
  );
  return new Uint8Array(all.flatMap((part) => [...part]));
}

/** A ZIP archive of one stored file, which programs find from the end. */
function zip(): Bytes {
  const word = (value: number) => [value & 255, value >> 8];
  const long = (value: number) => [...word(value & 0xffff), ...word(value >>> 16)];
  const name = bytesOf("evil.html");
  const fields = Uint8Array.from([
    ...word(20),
    ...[0, 0, 0, 0, 0, 0, 0, 0], // no flags, stored, no time
    ...long(0), // the checksum
    ...[...long(HTML.length), ...long(HTML.length), ...word(name.length), ...word(0)],
  ]);
  const local = bytesOf("PK\x03\x04", fields, name, HTML);
  const entry = bytesOf("PK\x01\x02", "\x14\0", fields, new Uint8Array(14), name);
  const end = Uint8Array.from([0, 0, 0, 0, 1, 0, 1, 0, ...long(entry.length)]);
  return bytesOf(local, entry, "PK\x05\x06", end, Uint8Array.from(long(local.length)), "\0\0");
}

async function polyglots(): Promise<Polyglot[]> {
  const pixels = await image.codec.encode(tensor([3, 64, 64], new Float32Array(12_288)));
  const png = new Uint8Array(pixels);
  const gif = new Uint8Array(await sharp(png).gif().toBuffer());
  const jpeg = new Uint8Array(await sharp(png).jpeg().toBuffer());
  const tone = Float32Array.from({ length: 32_000 }, (_, i) => Math.sin(i / 9) / 4);
  const wav = await audio.codec.encode(tensor([32_000], tone));
  const brighter = Float32Array.from(
    { length: 16 * 12_288 },
    (_, i) => Math.floor(i / 12_288) / 8 - 1,
  );
  const clip = tensor([16, 3, 64, 64], brighter);
  const moving = await video.codec.encode(clip, { format: "gif" });
  const webm = await video.codec.encode(clip);
  const comment = bytesOf("\xff\xfe", Uint8Array.of(0, HTML.length + 2), HTML);
  return [
    {
      name: "a GIF's header before HTML",
      modality: "image",
      bytes: bytesOf(gif.slice(0, 13), HTML),
      refused: 400,
    },
    {
      name: "a GIF that is JavaScript",
      modality: "image",
      bytes: bytesOf(`GIF89a=0;/*${HTML}*/`),
      refused: 400,
    },
    {
      name: "the same as a clip",
      modality: "video",
      bytes: bytesOf(`GIF89a=0;/*${HTML}*/`),
      refused: 400,
    },
    {
      name: "a WAV that is HTML",
      modality: "audio",
      bytes: bytesOf("RIFF\xff\0\0\0WAVE", HTML),
      refused: 400,
    },
    {
      name: "the same as a picture",
      modality: "image",
      bytes: bytesOf("RIFF\xff\0\0\0WAVE", HTML),
      refused: 415,
    },
    {
      name: "a WebP that is HTML",
      modality: "image",
      bytes: bytesOf("RIFF\xff\0\0\0WEBP", HTML),
      refused: 400,
    },
    {
      name: "a WebM that is HTML",
      modality: "video",
      bytes: bytesOf("\x1a\x45\xdf\xa3", HTML),
      refused: 400,
    },
    {
      name: "an MP3 that is HTML",
      modality: "audio",
      bytes: bytesOf("ID3\x04\0\0\0\0\0\0", HTML),
      refused: 400,
    },
    {
      name: "a JPEG that is HTML",
      modality: "image",
      bytes: bytesOf("\xff\xd8\xff", HTML),
      refused: 400,
    },
    { name: "HTML with a PNG in it", modality: "image", bytes: bytesOf(HTML, png), refused: 415 },
    {
      name: "a PDF with a PNG in it",
      modality: "image",
      bytes: bytesOf("%PDF-1.7\n", png),
      refused: 415,
    },
    {
      name: "a ZIP with a WAV behind it",
      modality: "audio",
      bytes: bytesOf(zip(), wav),
      refused: 415,
    },
    {
      name: "a PNG before a ZIP",
      modality: "image",
      bytes: bytesOf(png, zip()),
      kept: "image/png",
    },
    {
      name: "a PNG before a PDF",
      modality: "image",
      bytes: bytesOf(png, "%PDF-1.7\n", HTML),
      kept: "image/png",
    },
    {
      name: "a JPEG with HTML in a comment",
      modality: "image",
      bytes: bytesOf(jpeg.slice(0, 2), comment, jpeg.slice(2)),
      kept: "image/png",
    },
    { name: "a GIF before HTML", modality: "image", bytes: bytesOf(gif, HTML), kept: "image/gif" },
    {
      name: "an animated GIF before a ZIP",
      modality: "video",
      bytes: bytesOf(moving, zip()),
      kept: "image/gif",
    },
    {
      name: "a WAV before a ZIP",
      modality: "audio",
      bytes: bytesOf(wav, zip()),
      kept: "audio/wav",
    },
    {
      name: "a WebM before HTML",
      modality: "video",
      bytes: bytesOf(webm, HTML),
      kept: "video/webm",
    },
  ];
}

function contains(bytes: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes);
  return text.includes("<script") || text.includes("PK\x03\x04");
}

/** Sends a file as a form does, under a name and a type that its sender chose. */
async function send(server: TestServer, { modality, bytes }: Polyglot): Promise<Response> {
  const form = new FormData();
  const prompts = [{ modality, file: "f" }];
  form.set("request", JSON.stringify({ prompts, to: ["text"], steps: 1 }));
  form.set("f", new File([bytes], "../../page.html", { type: "text/html" }));
  return await server.request("/v1/generations", { method: "POST", body: form });
}

Deno.test("POST /v1/generations refuses polyglot files, or decodes them as what they begin with", async (t) => {
  await using server = await testServer();
  const accepted: { id: string; file: Polyglot }[] = [];
  for (const file of await polyglots()) {
    await t.step(file.name, async () => {
      const { modality, bytes, kept, refused } = file;
      const response = await send(server, file);
      const embedded = await server.request("/v1/embeddings", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ inputs: [{ modality, data: bytes.toBase64() }] }),
      });
      if (refused !== undefined) {
        const name = refused === 415 ? "unsupported-type" : "unreadable-file";
        const { detail } = await assertProblem(response, refused, name);
        await assertProblem(embedded, refused, name);
        assert(!detail.includes("<"), detail);
        return;
      }
      assertEquals([response.status, embedded.status], [202, 200]);
      await embedded.body!.cancel();
      const { id, request } = await response.json();
      assertEquals(request.prompts[0].upload.mediaType, kept);
      // Pictures are written anew; sounds and WebM are kept as they came, and never handed out.
      const stored = (await server.store.get(`${id}/in/0`))!;
      assertEquals(contains(stored), !kept!.startsWith("image/"));
      accepted.push({ id, file });
    });
  }
  server.run();
  for (const { id, file } of accepted) {
    const { status, outputs, run } = await server.over(id);
    assertEquals(status, "done", file.name);
    for (const path of [outputs[0]!.url, run!]) {
      const served = await server.request(path);
      assertEquals(served.headers.get("x-content-type-options"), "nosniff");
      assert(/^(text\/plain|application\/json)/.test(served.headers.get("content-type")!));
      assertEquals(contains(await served.bytes()), false, path);
    }
    for (const name of ["0", "in", "..%2fin%2f0"]) {
      const path = `/v1/generations/${id}/outputs/${name}`;
      await assertProblem(await server.request(path), 404, "not-found");
    }
  }
  for (const path of ["/healthz", "/readyz"]) {
    const healthy = await server.request(path);
    assertEquals(healthy.status, 200);
    await healthy.body!.cancel();
  }
  const { id } = await (await server.generate({ to: ["image"], steps: 1 })).json();
  assertEquals((await server.over(id)).status, "done");
  assertEquals(server.reports, []);
});
