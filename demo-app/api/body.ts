import { Problem } from "./problem.ts";

/** The most a body may have, in bytes: a note of 2,000 characters, each written as an escape, and some white space. */
const MAX_BODY_BYTES = 16 * 1024;

/** The most a note may have, in UTF-16 units, which is how a text field's `maxlength` counts. */
export const MAX_NOTE_LENGTH = 2000;

/** An object with exactly one member whose value is a string. `JSON.parse` alone lets a name occur twice. */
const ONE_STRING_MEMBER = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*"(?:[^"\\]|\\.)*"\s*\}\s*$/;

/** Control characters other than tab, line feed and carriage return. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is what it is for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The text of a new note, from a body that is `{"text": "…"}` and nothing else. White space around it is dropped. */
export async function readNote(request: Request): Promise<string> {
  const json = await readJson(request);
  const text = (parse(json) as { text?: unknown } | null)?.text;
  if (typeof text !== "string" || !ONE_STRING_MEMBER.test(json)) {
    throw new Problem("invalid_request", 'The body must be {"text": "…"} and nothing else.');
  }
  return checkedNote(text);
}

/** The body of a form of a page of ours. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const bytes = await readBytes(request.body);
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new Problem("unsupported_media_type");
  return new URLSearchParams(new TextDecoder().decode(bytes));
}

/** The text of a new note, without white space around it. */
export function checkedNote(text: string): string {
  const note = text.trim();
  if (note === "") throw new Problem("invalid_request", "A note can't be empty.");
  if (note.length > MAX_NOTE_LENGTH) {
    throw new Problem("invalid_request", `A note has at most ${MAX_NOTE_LENGTH} characters.`);
  }
  if (CONTROL.test(note) || !note.isWellFormed()) {
    throw new Problem("invalid_request", "A note can't hold control characters or halves of a surrogate pair.");
  }
  return note;
}

async function readJson(request: Request): Promise<string> {
  const bytes = await readBytes(request.body);
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Problem("unsupported_media_type");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem("invalid_request", "The body isn't UTF-8.");
  }
}

/** The body's bytes. Stops reading as soon as there are too many, whatever `Content-Length` says. */
async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  for await (const chunk of body ?? []) {
    if (length + chunk.length > MAX_BODY_BYTES) throw new Problem("too_large");
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Problem("invalid_request", "The body isn't JSON.");
  }
}
