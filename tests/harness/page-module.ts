// Code of a document, as a module of a page of `startPage`.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { HostPage } from "./page.ts";

/** Serves TypeScript to the page as a module of this name. `https://app.example.com` in it is the page's own origin. */
export async function serveModule(host: HostPage, name: string, code: string): Promise<void> {
  const { outputFiles } = await build({
    stdin: {
      contents: code.replaceAll("https://app.example.com", host.origin),
      loader: "ts",
      resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    },
    alias: { "latchkey-auth": "/dist/index.js" },
    external: ["/dist/*"],
    ...{ bundle: true, format: "esm", target: "es2022", write: false, conditions: ["browser"] },
  });
  const text = outputFiles[0]?.text;
  host.on(name, (_, response) => void response.writeHead(200, { "Content-Type": "text/javascript" }).end(text));
}
