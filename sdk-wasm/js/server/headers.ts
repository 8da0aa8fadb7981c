/** Headers of the Fetch standard, or an object that is read in the same way. */
export interface ReadableHeaders {
  get(name: string): string | null;
}

/** What has the headers of a request. */
export type GateRequest =
  /** `Request`; the requests of Express, Fastify and `node:http`, whose header names are in lower case. */
  | { readonly headers: ReadableHeaders | NodeHeaders }
  /** Hono's context. */
  | { readonly req: { readonly raw: { readonly headers: ReadableHeaders } } };

interface NodeHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** The value of a header, `name` in lower case; empty if the request has none. Several values are joined as in `Headers`. */
export function readHeader(request: GateRequest, name: string): string {
  const headers = "headers" in request ? request.headers : request.req.raw.headers;
  const value = isReadable(headers) ? headers.get(name) : headers[name];
  return typeof value === "string" ? value : (value?.join(", ") ?? "");
}

/** A header can be called "get", but its value is not a function. */
function isReadable(headers: ReadableHeaders | NodeHeaders): headers is ReadableHeaders {
  return typeof headers.get === "function";
}
