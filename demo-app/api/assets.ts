import type { Env } from "./env.ts";
import { withPageHeaders } from "./security-headers.ts";

/** For files with a hash of their content in their name, which vite puts under `/assets/`. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/** For everything else: asked about each time, answered by its entity tag. */
const REVALIDATE = "no-cache";

/** A file of the built app. */
export async function asset(env: Env, request: Request): Promise<Response> {
  const response = await env.ASSETS.fetch(request);
  const hashed = response.status < 400 && new URL(request.url).pathname.startsWith("/assets/");
  return withPageHeaders(response, hashed ? IMMUTABLE : REVALIDATE);
}
