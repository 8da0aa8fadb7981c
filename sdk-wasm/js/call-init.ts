import type { Call, CallBody } from "./protocol.js";

/** The options of `fetch` for a call that has been described. */
export function initOf({ url: _, progress: __, body, ...init }: Call, signal: AbortSignal): RequestInit {
  return { ...init, signal, ...(body === undefined ? {} : { body: whole(body) }) };
}

function whole(body: CallBody): BodyInit {
  if (body instanceof ReadableStream && !streamsUp()) throw new TypeError("This browser can't send a stream.");
  if (!Array.isArray(body)) return body;
  const form = new FormData();
  for (const [name, value] of body) form.append(name, value);
  return form;
}

let known: boolean | undefined;

/** Engines that can't send streams would send the text "[object ReadableStream]". */
function streamsUp(): boolean {
  if (known === undefined) {
    const init = { method: "POST", body: new ReadableStream(), duplex: "half" };
    known = !new Request("https://localhost", init).headers.has("Content-Type");
  }
  return known;
}
