// An API behind a service binding, with the manners that a gate has to leave alone. The last segment of the path says
// which is wanted; any other is answered with what arrived.
interface Socket extends WebSocket {
  accept(): void;
}
declare const WebSocketPair: new () => { 0: Socket; 1: Socket };

const TEXT = "0123456789abcdefghijklmnopqrstuvwxyz";
/** "gzip bytes as they are\n", compressed. */
const GZIP = "H4sIAAAAAAACA0uvyixQSKosSS1WSCxWKMlIrVRILErlAgDzNj7aFwAAAA==";

export default {
  async fetch(request: Request): Promise<Response> {
    const raw = request.url.replace(/^[a-z]+:\/\/[^/?#]*/, "");
    const manner = /([a-z0-9-]*)(\?.*)?$/.exec(raw)?.[1];
    switch (manner) {
      case "duplex":
        return new Response(request.body, { headers: { "Content-Type": "application/octet-stream" } });
      case "socket":
        return socket(request);
      case "text":
        return text(request);
      case "redirect":
        return new Response(null, { status: 302, headers: { Location: "/open/other" } });
      case "s204":
      case "s205":
        return new Response(null, { status: Number(manner.slice(1)), headers: { "X-Theirs": manner } });
      case "gzip":
        return new Response(
          Uint8Array.from(atob(GZIP), (c) => c.charCodeAt(0)),
          { headers: { "Content-Encoding": "gzip" }, encodeBody: "manual" } as ResponseInit,
        );
      case "cookies":
        return new Response("", {
          headers: [
            ["Set-Cookie", "a=1; Path=/"],
            ["Set-Cookie", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"],
          ],
        });
      case "cacheable":
        return new Response("secret", { headers: JSON.parse(request.headers.get("X-Answer-With") ?? "{}") });
      case "throws":
        throw new Error("the API fell over");
      case "silent":
        return new Promise(() => setTimeout(() => {}, 30_000));
      case "torn":
        return new Response(torn());
      case "late":
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return new Response(request.headers.get("Latchkey-Subject"));
      case "who":
        return new Response(request.headers.get("Latchkey-Subject"));
      default:
        return Response.json({ method: request.method, path: raw, headers: [...request.headers] });
    }
  },
};

/** What arrives is sent back; `close <code>` is obeyed. */
function socket(request: Request): Response {
  if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") return new Response("no socket", { status: 426 });
  const { 0: theirs, 1: ours } = new WebSocketPair();
  ours.binaryType = "arraybuffer";
  ours.accept();
  ours.addEventListener("message", ({ data }) => {
    const code = /^close (\d+)$/.exec(typeof data === "string" ? data : "")?.[1];
    if (code) ours.close(Number(code), "as you wish");
    else if (data === "who") ours.send(request.headers.get("Latchkey-Subject") ?? "anonymous");
    else ours.send(data);
  });
  return new Response(null, { status: 101, webSocket: theirs } as ResponseInit);
}

/** A resource with a length, an ETag, and ranges of it. */
function text(request: Request): Response {
  const headers = new Headers({ ETag: '"v1"', "Accept-Ranges": "bytes" });
  if (request.headers.get("If-None-Match") === '"v1"') return new Response(null, { status: 304, headers });
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("Range") ?? "");
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    headers.set("Content-Range", `bytes ${from}-${to}/${TEXT.length}`);
    return new Response(TEXT.slice(from, to + 1), { status: 206, headers });
  }
  return new Response(TEXT, { headers });
}

/** Some of an answer, and then no more. */
function torn(): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("half of "));
    },
    pull() {
      throw new Error("torn");
    },
  });
}
