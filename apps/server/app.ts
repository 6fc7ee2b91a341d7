import { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import { identify, refuseForeign, securityHeaders } from "./guards.ts";
import { internalProblem, Problem } from "./problem.ts";
import { RequestMeter } from "./request_meter.ts";
import { invalid } from "./requests/check.ts";
import { addCapabilities } from "./routes/capabilities.ts";
import { addEmbeddings } from "./routes/embeddings.ts";
import type { RouteEnvironment, Services } from "./routes/environment.ts";
import { addEvents } from "./routes/events.ts";
import { addGenerations } from "./routes/generations.ts";
import { addHealth } from "./routes/health.ts";
import { addOutputs } from "./routes/outputs.ts";
import { addPages } from "./routes/pages.ts";

/** Options of {@linkcode createApp}. */
export interface AppOptions extends Services {
  /** Tells the address that a request comes from. @default {one for all} */
  readonly address?: (request: Request) => string;
}

/** The app, without a socket. */
export interface ServerApp {
  /** Answers a request, for `Deno.serve`. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Answers a request to a path, for tests. */
  readonly request: (path: string, init?: RequestInit) => Response | Promise<Response>;
}

/**
 * Makes the app: all routes, without a socket.
 *
 * @param options What the routes work with.
 * @returns The app; `request` asks it, `fetch` serves it.
 */
export async function createApp(options: AppOptions): Promise<ServerApp> {
  const { config, report, address = () => "" } = options;
  const meter = new RequestMeter();
  const app = new OpenAPIHono<RouteEnvironment>({
    defaultHook: (result) => {
      if (result.success) return;
      throw invalid(
        result.error.issues.map(({ path, message }) => ({
          pointer: path.map((part) => `/${String(part)}`).join(""),
          detail: message,
        })),
      );
    },
  });
  app.use(async (c, next) => {
    const begun = performance.now();
    await next();
    const { method } = c.req;
    const route = routePath(c, -1);
    meter.count({ method, route, status: c.res.status }, (performance.now() - begun) / 1000);
  });
  app.use(securityHeaders());
  app.use(refuseForeign(config));
  const identified = identify(config, address);
  app.use("/v1/generations/*", identified);
  app.use("/v1/embeddings", identified);

  addCapabilities(app, options);
  addGenerations(app, options);
  addEvents(app, options);
  addOutputs(app, options);
  addEmbeddings(app, options);
  addHealth(app, options, meter);
  await addPages(app);

  const paths = new Set(
    app.routes.filter(({ method }) => method !== "ALL").map(({ path }) => path),
  );
  app.notFound((c) => {
    const known = [...paths].find((path) => pattern(path).test(c.req.path));
    if (known === undefined) {
      return new Problem("not-found", "There is nothing at this path").response();
    }
    const methods = app.routes.filter(({ path, method }) => path === known && method !== "ALL")
      .map(({ method }) => method);
    return new Problem("method-not-allowed", `This path takes ${methods.join(", ")}`, {
      headers: { Allow: methods.join(", ") },
    }).response();
  });
  app.onError((error) => {
    if (error instanceof Problem) return error.response();
    if (error instanceof HTTPException && error.status < 500) {
      return new Problem("invalid-request", error.message).response();
    }
    return internalProblem("Cannot answer a request", error, report).response();
  });
  return {
    fetch: (request) => app.fetch(request),
    request: (path, init) => app.request(path, init),
  };
}

/** The paths that a route takes, as a regular expression. */
function pattern(path: string): RegExp {
  const parts = path.split("/").map((part) =>
    part === "*" ? ".*" : part.startsWith(":") ? "[^/]+" : RegExp.escape(part)
  );
  return new RegExp(`^${parts.join("/")}$`);
}
