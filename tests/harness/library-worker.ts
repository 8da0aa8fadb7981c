// tests/library-worker on the bare runtime: a Worker of another project that uses the verifier as a library.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { startWorkerd } from "../bench/harness/workerd.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Its files. */
export const LIBRARY_BUILD = at("tests/library-worker/build");

/** The platform's cache, which always misses. */
const NO_CACHE = `export default { fetch: (request) => new Response(null, { status: request.method === "PUT" ? 204 : 404 }) };`;

export interface LibraryWorker {
  readonly origin: string;
  logs(): string;
  stop(): Promise<void>;
}

/** Starts it for the tokens of an issuer. On all paths but `/` it accepts clients with the scope `notes:read`. */
export async function startLibraryWorker(of: {
  issuer: string;
  audience: string;
  jwksUrl: string;
}): Promise<LibraryWorker> {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-library-"));
  const { compatibility_date } = parse(await readFile(at("edge-worker/wrangler.toml"), "utf8"));
  const compatibilityDate = String(compatibility_date);
  const module = async (name: string) => ({ name, content: await readFile(join(LIBRARY_BUILD, name)) });
  const running = await startWorkerd(dir, [
    {
      name: "library",
      compatibilityDate,
      modules: [await module("index.js"), await module("rust_bg.wasm")],
      bindings: [
        { name: "ISSUER", json: of.issuer },
        { name: "AUDIENCE", json: of.audience },
        { name: "JWKS_URL", json: of.jwksUrl },
      ],
      cache: "no-cache",
      reachesLoopback: true,
    },
    { name: "no-cache", compatibilityDate, modules: [{ name: "cache.js", content: NO_CACHE }] },
  ]);
  return {
    origin: running.origin,
    logs: running.logs,
    stop: async () => {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
