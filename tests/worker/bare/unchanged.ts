// What HTTP allows and gateways often break: each passes through the gate as it came, or the test states what the
// runtime makes of it. Streams, ranges, validators, compressed bytes, WebSockets and 100 MB are in `pass-through.ts`.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { STEP_LIMIT } from "../../harness/until.ts";
import { METHODS, startWorld, VIAS, type World } from "./world.ts";

const MIB = 1 << 20;
const GZIP = gzipSync("bytes as they are\n".repeat(100));
/** `ë` in ISO 8859-1, which is no UTF-8, and in UTF-8, each as one character per byte. */
const LATIN_1 = "Zo\u00eb";
const UTF_8 = Buffer.from("Zoë 日本").toString("latin1");

/** An upstream that receives and sends what the runtime's own API cannot. */
interface Peer {
  readonly origin: string;
  /** The last request. */
  readonly seen: () => { url: string; headers: [string, string][]; trailers: string[]; body: Buffer };
  /** Sends the next event of every open stream. */
  emit(event: string): void;
  stop(): Promise<void>;
}

async function startPeer(): Promise<Peer> {
  let seen: ReturnType<Peer["seen"]>;
  const streams = new Set<http.ServerResponse>();
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.rawHeaders.flatMap((name, i, all): [string, string][] =>
      i % 2 ? [] : [[name.toLowerCase(), all[i + 1] ?? ""]],
    );
    seen = { url: request.url ?? "", headers, trailers: request.rawTrailers, body: Buffer.concat(chunks) };
    switch (new URL(request.url ?? "", "http://peer").pathname.split("/").at(-1)) {
      case "hints":
        response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
        response.writeHead(200, { Link: "</style.css>; rel=preload; as=style" }).end("the page");
        return;
      case "trailers":
        response.writeHead(200, { Trailer: "X-Checksum", "Transfer-Encoding": "chunked" });
        response.write("the ");
        response.addTrailers({ "X-Checksum": "abc" });
        response.end("body");
        return;
      case "names":
        response.writeHead(200, { "X-Latin": LATIN_1, "X-Name": UTF_8 }).end();
        return;
      case "gzip":
        response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": GZIP.length, ETag: '"g"' });
        response.end(request.method === "HEAD" ? undefined : GZIP);
        return;
      case "events":
        streams.add(response.once("close", () => streams.delete(response)));
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.write("data: first\n\n");
        return;
      default:
        response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(seen.body);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    emit: (event) => {
      for (const stream of streams) stream.write(`data: ${event}\n\n`);
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

export function unchanged(): void {
  describe("what passes through unchanged", { concurrency: 1 }, () => {
    let world: World;
    let peer: Peer;
    before(async () => {
      peer = await startPeer();
      const service = { service: "UPSTREAM" };
      const url = { url: peer.origin };
      world = await startWorld({
        config: {
          upstreams: { service, "service-short": service, url, "url-short": url, dead: url },
          routes: VIAS.map((via) => ({ path: `/${via}/*`, methods: METHODS, access: "public", upstream: via })),
        },
      });
    });
    after(() => Promise.all([world?.stop(), peer?.stop()]));

    const open = (path: string, method = "GET", headers: http.OutgoingHttpHeaders = {}) =>
      http
        .request({ port: world.port, host: "127.0.0.1", path, method, agent: false, headers, timeout: STEP_LIMIT })
        .once("timeout", function (this: http.ClientRequest) {
          this.destroy(new Error(`no answer: ${method} ${path}`));
        });
    async function read(response: http.IncomingMessage): Promise<Buffer> {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    }
    async function send(
      path: string,
      method = "GET",
      headers: http.OutgoingHttpHeaders = {},
      body?: string | Buffer,
    ): Promise<{ response: http.IncomingMessage; body: Buffer }> {
      const request = open(path, method, headers);
      request.end(body);
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      return { response, body: await read(response) };
    }
    /** Exactly these bytes of a request, and the response's bytes until the connection ends. */
    function raw(request: Buffer): Promise<Buffer> {
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        const socket = net.connect({ port: world.port, host: "127.0.0.1" }, () => socket.write(request));
        socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
        socket.on("close", () => resolve(Buffer.concat(chunks)));
      });
    }

    for (const via of VIAS) {
      test(`Expect: 100-continue with 2 MB, by ${via}: the content is requested, and arrives whole`, async () => {
        const content = randomBytes(2 * MIB);
        const request = open(`/${via}/duplex`, "POST", { Expect: "100-continue", "Content-Length": content.length });
        // The response's head may follow the 100 at once.
        const answered = once(request, "response") as Promise<[http.IncomingMessage]>;
        request.flushHeaders();
        await once(request, "continue");
        request.end(content);
        const [response] = await answered;
        assert.equal(response.statusCode, 200);
        const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
        assert.equal(digest(await read(response)), digest(content));
      });

      test(`DELETE and OPTIONS with content, by ${via}`, async () => {
        for (const method of ["DELETE", "OPTIONS"]) {
          const { response, body } = await send(
            `/${via}/duplex`,
            method,
            { "Content-Type": "application/json", "Content-Length": 3 },
            "[1]",
          );
          assert.deepEqual([response.statusCode, String(body)], [200, "[1]"], method);
        }
      });

      test(`paths and queries with %40, a colon and other characters that need no change, by ${via}`, async () => {
        for (const rest of [
          "%40scope%20name",
          "@scope/name",
          "items:batchGet",
          "items/1:undelete?x",
          "a;v=1,2",
          "(x)!$&'*+=~-._",
          "caf%C3%A9/",
          "x?a=%2F&b=%40&c=+&d=%20&e&f=[1]&g=a|b",
          "x?",
          "x??",
        ]) {
          const path = `/${via}/${rest}`;
          const { response, body } = await send(path);
          assert.equal(response.statusCode, 200, path);
          const received = via === "url" ? peer.seen().url : (JSON.parse(String(body)) as { path: string }).path;
          assert.equal(received, path);
        }
      });
    }

    test("103 early hints do not reach the client, who gets the final response alone", async () => {
      const request = open("/url/hints").end();
      const hints: unknown[] = [];
      request.on("information", (information) => hints.push(information));
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      assert.deepEqual([response.statusCode, String(await read(response))], [200, "the page"]);
      assert.equal(response.headers.link, "</style.css>; rel=preload; as=style");
      assert.deepEqual(hints, []);
    });

    test("trailers are dropped in both directions, and the content is whole", async () => {
      const { response, body } = await send("/url/trailers", "GET", { TE: "trailers" });
      assert.equal(String(body), "the body");
      assert.deepEqual(response.rawTrailers, []);
      const request = open("/url/x", "POST", { Trailer: "X-Checksum", "Transfer-Encoding": "chunked" });
      request.write("the ");
      request.addTrailers({ "X-Checksum": "abc" });
      request.end("body");
      const [echo] = (await once(request, "response")) as [http.IncomingMessage];
      assert.equal(String(await read(echo)), "the body");
      assert.deepEqual([String(peer.seen().body), peer.seen().trailers], ["the body", []]);
    });

    test("header bytes beyond ASCII, as UTF-8 and not, are the same in both directions", async () => {
      const lines = `X-Latin: ${LATIN_1}\r\nX-Name: ${UTF_8}\r\n`;
      const answer = await raw(
        Buffer.from(`GET /url/names HTTP/1.1\r\nHost: localhost\r\n${lines}Connection: close\r\n\r\n`, "latin1"),
      );
      const received = new Map(peer.seen().headers);
      assert.deepEqual([received.get("x-latin"), received.get("x-name")], [LATIN_1, UTF_8]);
      assert.ok(answer.toString("latin1").includes(lines), answer.toString("latin1"));
    });

    test("compressed bytes, with their length and validator, whether the client accepts them or not", async () => {
      for (const accepted of ["gzip", "identity", undefined]) {
        const headers = accepted === undefined ? {} : { "Accept-Encoding": accepted };
        const { response, body } = await send("/url/gzip", "GET", headers);
        assert.equal(response.headers["content-encoding"], "gzip");
        assert.equal(response.headers.etag, '"g"');
        assert.ok(body.equals(GZIP), String(accepted));
        const received = new Map(peer.seen().headers);
        assert.equal(received.get("accept-encoding"), accepted, "the client's own");
      }
    });

    test("an event stream is not buffered: each event arrives before the next one is sent", async () => {
      const request = open("/url/events", "GET", { Accept: "text/event-stream" }).end();
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      assert.equal(response.headers["content-type"], "text/event-stream");
      const chunks = response[Symbol.asyncIterator]();
      assert.equal(String((await chunks.next()).value), "data: first\n\n");
      for (const event of ["second", "third", "x".repeat(100_000)]) {
        peer.emit(event);
        let received = "";
        while (!received.endsWith("\n\n")) received += String((await chunks.next()).value);
        assert.equal(received, `data: ${event}\n\n`);
      }
      request.destroy();
    });
  });
}
