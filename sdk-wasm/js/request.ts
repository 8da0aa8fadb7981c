import type { Call, CallBody } from "./protocol.js";
import type { AuthRequestInit } from "./types.js";

/** What goes to the vault as the engine has read it. Of the page's own address nothing: the worker sends its own. */
const CARRIED = [
  ...(["url", "method", "mode", "credentials", "cache", "redirect"] as const),
  ...(["referrer", "referrerPolicy", "integrity", "keepalive"] as const),
] as const;

const FORM_TYPE = "application/x-www-form-urlencoded;charset=UTF-8";

/** A call, ready to be sent to the vault. */
export interface Described {
  call: Call;
  signal: AbortSignal;
  /** The body of a `Request`, which must be read first. */
  body: Promise<ArrayBuffer> | undefined;
}

/** Takes a call's arguments apart. Fails as `fetch` does, with a `TypeError`. */
export function describe(input: RequestInfo | URL, given?: AuthRequestInit | null): Described {
  const init = given ?? {};
  const body = init.body ?? undefined;
  // The engine reads the arguments, as it would for itself, but for the body: that would be copied here and once more
  // on its way.
  const head = new Request(
    input,
    Object.create(init, { body: { value: body === undefined ? body : new Uint8Array() } }),
  );
  const call = { headers: [...head.headers] } as Call;
  for (const name of CARRIED) Object.assign(call, { [name]: head[name] });
  if (init.priority) call.priority = init.priority;
  if (body instanceof ReadableStream) {
    if ((init as { duplex?: string }).duplex !== "half") throw new TypeError('A stream needs `duplex: "half"`.');
    if (body.locked) throw new TypeError("The stream is locked.");
    call.duplex = "half";
  }
  if (body instanceof URLSearchParams && !head.headers.has("Content-Type")) {
    call.headers.push(["content-type", FORM_TYPE]);
  }
  if (body !== undefined) call.body = portable(body);
  const own = body === undefined && mayHaveBody(head) ? head.arrayBuffer() : undefined;
  if (init.onUploadProgress && (own || body !== undefined)) call.progress = true;
  return { call, signal: head.signal, body: own };
}

/** Firefox doesn't say whether there is one. */
function mayHaveBody({ body, method }: Request): boolean {
  return body === undefined ? method !== "GET" && method !== "HEAD" : body !== null;
}

/** The body as something that can be cloned or, if it is a stream, transferred. */
function portable(body: NonNullable<RequestInit["body"]>): CallBody {
  if (body instanceof FormData) return [...body];
  if (body instanceof Blob || body instanceof ReadableStream || body instanceof ArrayBuffer) return body;
  if (ArrayBuffer.isView(body)) {
    const bytes = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
    // With a part of a buffer, all of it would be cloned.
    return bytes.byteLength < body.buffer.byteLength ? bytes.slice() : bytes;
  }
  return String(body);
}
