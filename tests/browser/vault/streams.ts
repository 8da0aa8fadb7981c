// Bodies as streams, where the engine lets them be: uploads over HTTP/2, downloads into buffers of the reader's own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Browser } from "playwright-core";
import { until } from "../../harness/until.ts";
import { type Mode, onSite, signIn } from "./world.ts";

const tool = new URL("../../../tools/certificate.mjs", import.meta.url).href;
const { localCertificate } = (await import(tool)) as {
  localCertificate(): Promise<{ keyPath: string; cert: string }>;
};

/** An API over HTTP/2, without which Chromium sends no streams. */
async function startApi(onRequest: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void) {
  const { keyPath, cert } = await localCertificate();
  const server = http2.createSecureServer({ key: await readFile(keyPath), cert });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    onRequest(stream, headers);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

const CORS = { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type" };
const CSP = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

export function streams(browser: Browser, mode: Mode): void {
  test(`${mode}: an upload streams: its first part arrives before the last was made; refused, it isn't sent again`, async () => {
    const arrived: string[] = [];
    let status = 200;
    const api = await startApi((stream, headers) => {
      if (headers[":method"] === "OPTIONS") {
        stream.respond({ ":status": 204, ...CORS, "access-control-allow-methods": "*" });
        return void stream.end();
      }
      stream.setEncoding("utf8").on("data", (text: string) => arrived.push(text));
      stream.on("end", () => {
        stream.respond({ ":status": status, ...CORS });
        stream.end(headers.authorization?.slice(0, 7));
      });
    });
    try {
      await onSite(
        browser,
        async ({ service, page }) => {
          await signIn(page);
          await page.evaluate(
            async ([api, vault]) => {
              globalThis.auth.dispose();
              globalThis.auth = await latchkey.createClient({ service: location.origin, apiOrigins: [api], vault });
            },
            [api.origin, mode] as const,
          );
          const upload = () =>
            page.evaluate(async (api) => {
              const { readable, writable } = new TransformStream<string, string>();
              const writer = writable.getWriter();
              Object.assign(globalThis, { writer });
              const body = readable.pipeThrough(new TextEncoderStream());
              const init = { method: "POST", body, duplex: "half", headers: { "Content-Type": "text/plain" } };
              const sent = auth.fetch(`${api}/upload`, init);
              void writer.write("first ").catch(() => {});
              return sent.then(
                (answer) => answer.text(),
                (error) => [error.code, error.status].join(" "),
              );
            }, api.origin);
          const finish = () =>
            page.evaluate(async () => {
              const { writer } = globalThis as unknown as { writer: WritableStreamDefaultWriter<string> };
              await writer.write("last");
              await writer.close();
            });
          const answer = upload();
          await until("the first part has arrived", () => arrived.length > 0);
          assert.equal(arrived.join(""), "first ");
          await finish();
          assert.equal(await answer, "Bearer ");
          assert.equal(arrived.join(""), "first last");

          status = 401;
          const before = service.issued.length;
          const refused = upload();
          await until("its first part has arrived", () => arrived.length > 2);
          await finish();
          assert.equal(await refused, "not_replayable 401");
          assert.equal(service.issued.length, before + 1, "the token was renewed all the same");

          const unfit = await page.evaluate((api) => {
            const told = (error: Error) => error.name;
            const body = () => new ReadableStream();
            const locked = body();
            locked.getReader();
            return Promise.all([
              auth.fetch(api, { method: "POST", body: body() }).catch(told),
              auth.fetch(api, { method: "POST", body: locked, duplex: "half" } as RequestInit).catch(told),
            ]);
          }, api.origin);
          assert.deepEqual(unfit, ["TypeError", "TypeError"]);
        },
        { mode, csp: CSP, secureApis: true },
      );
    } finally {
      await api.stop();
    }
  });

  if (mode === "page") return;
  for (const bytes of [true, false]) {
    const engine = bytes ? "an engine with byte streams" : "an engine without";
    test(`${mode}: a body read to its end in ${engine}, by every way to read one`, () =>
      onSite(
        browser,
        async ({ host, page }) => {
          const text = "0123456789".repeat(100_000);
          host.on(
            "/api/text",
            (_, response) => void response.writeHead(200, { "Content-Type": "text/plain" }).end(text),
          );
          await signIn(page);
          const lengths = await page.evaluate(async (bytes) => {
            const get = () => auth.fetch("/api/text");
            const drained = async (reader: ReadableStreamDefaultReader<Uint8Array> | undefined) => {
              let length = 0;
              for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
                length += part.value.length;
              return length;
            };
            const filled = async (reader: ReadableStreamBYOBReader | undefined) => {
              let length = 0;
              for (let done = false; reader && !done; ) {
                const part = await reader.read(new Uint8Array(70_000));
                length += part.value?.length ?? 0;
                done = part.done;
              }
              return length;
            };
            const [one, other] = (await get()).body?.tee() ?? [];
            return [
              (await (await get()).text()).length,
              (await (await get()).arrayBuffer()).byteLength,
              (await (await get()).blob()).size,
              (await (await get()).clone().text()).length,
              await drained((await get()).body?.getReader()),
              ...(await Promise.all([drained(one?.getReader()), drained(other?.getReader())])),
              ...(bytes ? [await filled((await get()).body?.getReader({ mode: "byob" }))] : []),
            ];
          }, bytes);
          assert.deepEqual(lengths, Array(bytes ? 8 : 7).fill(text.length));
        },
        {
          init: async (page) => {
            if (bytes) return;
            await page.addInitScript(() => {
              globalThis.ReadableStream = new Proxy(ReadableStream, {
                construct(target, args) {
                  if (args[0]?.type === "bytes") throw new TypeError("No byte streams here.");
                  return Reflect.construct(target, args);
                },
              });
            });
          },
        },
      ));
  }
}
