import type { MiddlewareHandler } from "hono";
import type { ServerConfig } from "./config.ts";
import { Problem } from "./problem.ts";
import { RateLimiter } from "./rate_limiter.ts";
import type { RouteEnvironment } from "./routes/environment.ts";
import { sha256 } from "./sha256.ts";

type Guard = MiddlewareHandler<RouteEnvironment>;

/** Headers of every response. */
const HEADERS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
  "X-Frame-Options": "DENY",
};

/** What a response may load that has no policy of its own: nothing. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** Sets the security headers of every response. */
export function securityHeaders(): Guard {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has("Content-Security-Policy")) {
      c.res.headers.set("Content-Security-Policy", NOTHING);
    }
  };
}

/**
 * Refuses requests that a foreign page makes: those to another name for this address (DNS rebinding),
 * and those from another origin that was not allowed.
 *
 * @param config The names and origins that are allowed.
 * @returns The guard; it answers preflight requests of allowed origins.
 */
export function refuseForeign({ hosts, origins }: ServerConfig): Guard {
  return async (c, next) => {
    const { host } = new URL(c.req.url);
    const name = (c.req.header("host") ?? host).replace(/:\d+$/, "").toLowerCase();
    if (hosts !== undefined && !hosts.includes(name)) {
      throw new Problem(
        "forbidden",
        `The server is not called "${name.slice(0, 100)}"; start it with --host-name for that`,
      );
    }
    const origin = c.req.header("origin");
    const own = origin === undefined ||
      origin.replace(/^https?:\/\//, "") === (c.req.header("host") ?? host);
    if (own) return await next();
    if (!origins.includes(origin)) {
      throw new Problem("forbidden", `Pages of "${origin.slice(0, 100)}" may not call this server`);
    }
    const allowed = {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Expose-Headers": "Location, Link, ETag, Retry-After, Content-Range",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Vary": "Origin",
    };
    if (c.req.method === "OPTIONS") {
      return c.body(null, 204, {
        ...allowed,
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers":
          "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Range",
        "Access-Control-Max-Age": "600",
      });
    }
    await next();
    for (const [name, value] of Object.entries(allowed)) c.res.headers.set(name, value);
  };
}

/**
 * Asks for a token if there are any, and limits how many requests each may make.
 *
 * @param config The tokens and the limit.
 * @param address Tells the address of a request, for when there are no tokens.
 * @returns The guard; it tells the owner to the handlers.
 */
export function identify(
  { tokens, requestsPerMinute }: ServerConfig,
  address: (request: Request) => string,
): Guard {
  const limiter = new RateLimiter(requestsPerMinute);
  const protectedByTokens = Object.keys(tokens).length > 0;
  return async (c, next) => {
    let owner = "";
    if (protectedByTokens) {
      const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
      const digest = token === undefined ? "" : await sha256(token);
      if (!Object.hasOwn(tokens, digest)) {
        limit(limiter, `refused ${address(c.req.raw)}`);
        throw new Problem("unauthorized", "Send a header: Authorization: Bearer TOKEN", {
          headers: { "WWW-Authenticate": "Bearer" },
        });
      }
      owner = tokens[digest]!;
    }
    limit(limiter, protectedByTokens ? `owner ${owner}` : `address ${address(c.req.raw)}`);
    c.set("owner", owner);
    await next();
  };
}

function limit(limiter: RateLimiter, who: string): void {
  const wait = limiter.take(who, Date.now());
  if (wait === 0) return;
  throw new Problem("too-many-requests", "You have made too many requests in the last minute", {
    headers: { "Retry-After": String(wait) },
  });
}
