// `auth.wrap(fetch)` in libraries that take a fetch: calls to the API carry the token, calls elsewhere are left alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { startPage } from "../../harness/page.ts";
import { onSite, signIn } from "./world.ts";

/** What is in the page. */
interface Libraries {
  ky: typeof import("ky").default;
  createFetch: typeof import("ofetch").createFetch;
  openapi: typeof import("openapi-fetch").default;
  QueryClient: typeof import("@tanstack/query-core").QueryClient;
}

const { outputFiles } = await build({
  stdin: {
    contents: `import ky from "ky";
      import { createFetch } from "ofetch";
      import openapi from "openapi-fetch";
      import { QueryClient } from "@tanstack/query-core";
      globalThis.libraries = { ky, createFetch, openapi, QueryClient };`,
    resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
  },
  ...{ bundle: true, format: "esm", write: false, conditions: ["browser"] },
});

export function libraries(browser: Browser): void {
  test("auth.wrap: ky, ofetch, openapi-fetch and TanStack Query call apiOrigins through the vault, and other origins without it", async () => {
    const other = await startPage();
    other.on("/data", (request, response) => {
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ authorized: request.headers.authorization !== undefined }));
    });
    try {
      await onSite(
        browser,
        async ({ host, service, page }) => {
          let refusals = 1;
          host.on("/api/data", async (request, response) => {
            let body = "";
            for await (const chunk of request) body += chunk;
            const known = service.tokenOf(request) !== undefined;
            const refuse = known && request.method === "POST" && refusals > 0;
            if (refuse) refusals -= 1;
            response.writeHead(known && !refuse ? 200 : 401, { "Content-Type": "application/json" });
            response.end(JSON.stringify({ authorized: known, method: request.method, body }));
          });
          host.on("/libraries.js", (_, response) => {
            response.writeHead(200, { "Content-Type": "text/javascript" }).end(outputFiles[0]?.text);
          });
          await signIn(page);
          await page.addScriptTag({ url: "/libraries.js", type: "module" });
          const answers = await page.evaluate(async (other) => {
            const { ky, createFetch, openapi, QueryClient } = (globalThis as unknown as { libraries: Libraries })
              .libraries;
            const fetch = auth.wrap(globalThis.fetch);
            const ofetch = createFetch({ fetch });
            const client = openapi<Record<string, Record<string, never>>>({ baseUrl: location.origin, fetch });
            const get = client.GET as unknown as (path: string) => Promise<{ data: unknown }>;
            const queries = new QueryClient();
            const queryFn = async ({ signal }: { signal: AbortSignal }) =>
              (await fetch("/api/data", { signal })).json();
            return {
              ky: await ky
                .create({ fetch })
                .post("/api/data", { json: { a: 1 } })
                .json(),
              "ky elsewhere": await ky.create({ fetch }).get(`${other}/data`).json(),
              ofetch: await ofetch("/api/data", { method: "POST", body: { a: 2 } }),
              "ofetch elsewhere": await ofetch(`${other}/data`),
              openapi: (await get("/api/data")).data,
              query: await queries.fetchQuery({ queryKey: ["data"], queryFn }),
              "ky refused": await ky
                .create({ fetch, retry: 0 })
                .get(`${location.origin}/api/none`)
                .json()
                .catch((error) => error.name),
            };
          }, other.origin);
          assert.deepEqual(answers, {
            ky: { authorized: true, method: "POST", body: '{"a":1}' },
            "ky elsewhere": { authorized: false },
            ofetch: { authorized: true, method: "POST", body: '{"a":2}' },
            "ofetch elsewhere": { authorized: false },
            openapi: { authorized: true, method: "GET", body: "" },
            query: { authorized: true, method: "GET", body: "" },
            "ky refused": "HTTPError",
          });
          assert.equal(refusals, 0, "one was refused, renewed and sent again");
        },
        { csp: "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'" },
      );
    } finally {
      await other.stop();
    }
  });
}
