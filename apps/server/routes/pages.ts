import type { OpenAPIHono } from "@hono/zod-openapi";
import { pageFiles } from "@codi/page";
import { join } from "@std/path";
import swaggerFolder from "swagger-ui-dist/absolute-path.js";
import config from "../deno.json" with { type: "json" };
import { Problem } from "../problem.ts";
import type { RouteEnvironment } from "./environment.ts";
import { serveFile, type StaticFile, staticFile, staticFiles } from "./static_files.ts";

/** What the page may do: everything from here, nothing from elsewhere, no inline script. */
const POLICY = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self' data: blob:",
  "media-src": "'self' data: blob:",
  "connect-src": "'self'",
  "font-src": "'self'",
  "manifest-src": "'self'",
  "worker-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
};

const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>CoDi: the HTTP API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const DOCS_START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true });
`;

/**
 * Adds the page at `/` with its files, the OpenAPI document and its page.
 *
 * @param app The app.
 */
export async function addPages(app: OpenAPIHono<RouteEnvironment>): Promise<void> {
  const page = await staticFiles(pageFiles);
  const policy = policyOf(POLICY);
  const headers = { "Content-Security-Policy": policy };
  const index = page.get("index.html")!;
  app.get("/", (c) => serveFile(index, c.req.raw, headers));
  app.get("/page/*", (c) => {
    const file = page.get(c.req.path.slice("/page/".length));
    if (file === undefined) throw new Problem("not-found", "There is no such file");
    return serveFile(file, c.req.raw, headers);
  });
  await addDocs(app);
}

async function addDocs(app: OpenAPIHono<RouteEnvironment>): Promise<void> {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "Asked for if the server was given tokens",
  });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "CoDi",
      version: config.version,
      description: "Any mix of prompts in, any mix of outputs out, generated together.",
      license: { name: "MIT" },
    },
    security: [{}, { token: [] }],
  });
  const script = "text/javascript; charset=utf-8";
  const read = (name: string) => Deno.readFile(join(swaggerFolder(), name));
  const text = (content: string) => new TextEncoder().encode(content);
  const files: Readonly<Record<string, StaticFile>> = {
    "/docs": await staticFile(text(DOCS_PAGE), "text/html; charset=utf-8"),
    "/docs/start.js": await staticFile(text(DOCS_START), script),
    "/docs/swagger-ui.css": await staticFile(await read("swagger-ui.css"), "text/css"),
    "/docs/swagger-ui-bundle.js": await staticFile(await read("swagger-ui-bundle.js"), script),
  };
  // Swagger UI sets styles of its own.
  const headers = {
    "Content-Security-Policy": policyOf({ ...POLICY, "style-src": "'self' 'unsafe-inline'" }),
  };
  for (const [path, file] of Object.entries(files)) {
    app.get(path, (c) => serveFile(file, c.req.raw, headers));
  }
}

function policyOf(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy).map(([name, value]) => `${name} ${value}`).join("; ");
}
