// What stands behind `caches` on the bare runtime, which has none of its own: PUT brings a whole HTTP response, GET
// asks for it, PURGE drops it. Entries live as long as their max-age says.
interface Entry {
  headers: Headers;
  body: Uint8Array;
  until: number;
}

const entries = new Map<string, Entry>();

const decoder = new TextDecoder("latin1");

function read(stored: Uint8Array): Entry {
  const end = decoder.decode(stored).indexOf("\r\n\r\n");
  const [, ...lines] = decoder.decode(stored.subarray(0, end)).split("\r\n");
  const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
  headers.delete("Transfer-Encoding");
  const age = Number(/max-age=(\d+)/.exec(headers.get("Cache-Control") ?? "")?.[1] ?? 0);
  return { headers, body: stored.slice(end + 4), until: Date.now() + age * 1000 };
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "PUT") {
      entries.set(request.url, read(new Uint8Array(await request.arrayBuffer())));
      return new Response(null, { status: 204 });
    }
    if (request.method === "PURGE") return new Response(null, { status: entries.delete(request.url) ? 200 : 404 });
    const entry = entries.get(request.url);
    if (!entry || entry.until <= Date.now())
      return new Response(null, { status: 504, headers: { "CF-Cache-Status": "MISS" } });
    const headers = new Headers(entry.headers);
    headers.set("CF-Cache-Status", "HIT");
    return new Response(entry.body.slice(), { headers });
  },
};
