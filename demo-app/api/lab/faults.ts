import { cookieOf } from "./cookies.ts";

/** The cookie by which a visitor's browser asks for a fault of the network, for its own requests to the service only. */
const FAULT_COOKIE = "lab-fault";

/** A call with this header is answered with 401 when it comes first, and is passed on when it comes again. */
const EXPIRED_HEADER = "Lab-Expired";

/** How long a slow network takes, in milliseconds. */
const SLOW_MS = 1000;

type Pass = () => Promise<Response>;

/** What happens to a request to the service. */
const FAULTS: Readonly<Record<string, (pass: Pass) => Promise<Response>>> = {
  /** The service does what it was asked, and its answer does not arrive. */
  async lost(pass) {
    const response = await pass();
    await response.body?.cancel();
    return broken();
  },
  async unavailable() {
    const problem = { type: "about:blank", title: "Unavailable", status: 503, code: "unavailable" };
    return new Response(JSON.stringify(problem), {
      status: 503,
      headers: { "Content-Type": "application/problem+json" },
    });
  },
  async portal() {
    const page = "<!doctype html><title>Wi-Fi</title><h1>Welcome to the hotel's Wi-Fi</h1>";
    return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } });
  },
  async slow(pass) {
    await new Promise((done) => setTimeout(done, SLOW_MS));
    return pass();
  },
};

/** The response to a request, with the fault that the browser has asked for. */
export async function faulty(request: Request, pass: Pass): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (isFirst(request.headers.get(EXPIRED_HEADER))) return new Response(null, { status: 401 });
  const name = pathname.startsWith("/auth/") ? (cookieOf(request, FAULT_COOKIE) ?? "") : "";
  const fault = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  return fault ? fault(pass) : pass();
}

/** A response that breaks off after its first byte, so that the local server has passed its head on. */
function broken(): Response {
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
      await new Promise((done) => setTimeout(done, 100));
      controller.error(new Error("the lab has lost this response"));
    },
  });
  return new Response(body, { headers: { "Content-Type": "application/json" } });
}

/** The calls that were answered with 401: the newest few, because each comes again at once. */
const answered = new Set<string>();

function isFirst(call: string | null): boolean {
  if (call === null || answered.delete(call)) return false;
  answered.add(call);
  for (const oldest of answered) {
    if (answered.size <= 100) break;
    answered.delete(oldest);
  }
  return true;
}
