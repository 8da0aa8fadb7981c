// Reads what comes from a page as if it were hostile. A message that has crossed is plain data, but nothing here relies
// on that: only own data properties count, no getter is called, no prototype is asked, and everything is bounded but
// the bodies of calls, which have arrived already.
import type { OperationName } from "../generated/codes.js";
import type { VaultOptions } from "../options.js";
import {
  type AskedBody,
  type Call,
  type CallBody,
  type FormEntry,
  type Id,
  type Json,
  PROTOCOL,
  type ToVault,
  WAKES,
} from "../protocol.js";

/** A message that isn't one of the closed set. */
export class Violation extends Error {
  /** The member that is wrong. */
  readonly what: string;
  /** Whom to tell, if it was a question. */
  readonly id: Id | undefined;

  constructor(what: string, id?: Id) {
    super(`The vault was sent a message it doesn't understand (${what}).`);
    this.what = what;
    this.id = id;
  }
}

/** The other side speaks another version. */
export class OtherVersion extends Error {}

/** Longer addresses work in no browser. */
const MAX_URL = 1 << 21;
/** Characters, names and values together. */
const MAX_HEADERS = 1 << 20;
const MAX_HEADER_COUNT = 1_000;
const MAX_FORM_ENTRIES = 1 << 17;
/** The characters of a request's texts and names. The service takes no longer body. */
const MAX_ASK = 1 << 14;
/** The values of a request's body. A passkey's answer has about 20. */
const MAX_VALUES = 200;
const MAX_DEPTH = 6;
const MAX_NAME = 64;
const MAX_TEXT = 1 << 12;
const MAX_OPTIONS = 20;
const MAX_ORIGINS = 1_000;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * A message of the closed set, made anew from what was sent.
 *
 * Throws a {@link Violation}, or {@link OtherVersion} for a `start` that isn't of this one.
 */
export function read(data: unknown): ToVault {
  const kind = own(data, "kind");
  switch (kind) {
    case "start":
      return start(data);
    case "stepped-up":
      return { kind, number: whole(data, "number", 1) };
    case "wake":
      return { kind, what: oneOf(WAKES, data, "what") };
    case "dispose":
      return { kind };
    case "ask":
    case "sign-out":
    case "fetch":
    case "abort":
    case "more": {
      const id = whole(data, "id", 1);
      try {
        return question(kind, id, data);
      } catch (error) {
        throw error instanceof Violation ? new Violation(error.what, id) : error;
      }
    }
    default:
      throw new Violation("kind");
  }
}

type Numbered = Extract<ToVault, { id: Id }>;

function question(kind: Numbered["kind"], id: Id, data: unknown): Numbered {
  switch (kind) {
    case "ask":
      return { kind, id, what: text(data, "what", MAX_NAME) as OperationName, ...asked(data) };
    case "sign-out":
      return { kind, id, scope: oneOf(["local", "others", "global"], data, "scope") };
    case "fetch":
      return { kind, id, call: call(own(data, "call")) };
    case "more":
      return { kind, id, bytes: whole(data, "bytes", 1) };
    case "abort":
      return { kind, id };
  }
}

function start(data: unknown): ToVault {
  if (own(data, "protocol") !== PROTOCOL) throw new OtherVersion();
  return {
    kind: "start",
    protocol: PROTOCOL,
    module: address(data, "module"),
    options: plain(own(data, "options")),
    owed: own(data, "owed") === undefined ? undefined : text(data, "owed", MAX_TEXT),
    cookieUncertain: yesOrNo(data, "cookieUncertain"),
    stepsUp: yesOrNo(data, "stepsUp"),
  };
}

/** Options are the deployer's words, and get an answer that names what is wrong: see `checkOptions`. */
function plain(options: unknown): VaultOptions {
  if (typeof options !== "object" || options === null) throw new Violation("options");
  const names = Object.getOwnPropertyNames(options).slice(0, MAX_OPTIONS);
  const entries = names.map((name): [string, unknown] => {
    const value = own(options, name);
    if (typeof value === "string") limited(value, "options", MAX_TEXT);
    return [name, Array.isArray(value) ? list(value, "options", MAX_ORIGINS) : value];
  });
  return Object.fromEntries(entries) as unknown as VaultOptions;
}

function call(data: unknown): Call {
  const call: Call = { url: address(data, "url"), method: text(data, "method", 64), headers: headers(data) };
  if (!TOKEN.test(call.method)) throw new Violation("method");
  const given = <K extends keyof Call>(name: K, read: () => Call[K]) => {
    if (own(data, name) !== undefined) call[name] = read();
  };
  given("body", () => body(own(data, "body")));
  given("duplex", () => oneOf(["half"], data, "duplex"));
  given("mode", () => oneOf(["cors", "no-cors", "same-origin"], data, "mode"));
  given("credentials", () => oneOf(["omit", "same-origin", "include"], data, "credentials"));
  given("cache", () =>
    oneOf(["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"], data, "cache"),
  );
  given("redirect", () => oneOf(["follow", "error", "manual"], data, "redirect"));
  given("referrer", () => text(data, "referrer", MAX_URL));
  // The engine knows all the policies, and refuses others.
  given("referrerPolicy", () => text(data, "referrerPolicy", 64) as ReferrerPolicy);
  given("integrity", () => text(data, "integrity", MAX_TEXT));
  given("keepalive", () => yesOrNo(data, "keepalive"));
  given("progress", () => yesOrNo(data, "progress"));
  given("priority", () => oneOf(["auto", "high", "low"], data, "priority"));
  return call;
}

function asked(data: unknown): { body: AskedBody | undefined; segment: string | undefined } {
  const body = own(data, "body");
  if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body))) {
    throw new Violation("body");
  }
  const segment = own(data, "segment") === undefined ? undefined : text(data, "segment", MAX_TEXT);
  return { body: body && (json(body, 0, { values: MAX_VALUES, length: MAX_ASK }) as AskedBody), segment };
}

/** A JSON value, made anew. Members that are `undefined` are left out. `left` is what all of it may still have. */
function json(value: unknown, depth: number, left: { values: number; length: number }): Json {
  left.values -= 1;
  if (typeof value === "string") left.length -= value.length;
  if (left.values < 0 || left.length < 0 || depth > MAX_DEPTH) throw new Violation("body");
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return list(value, "body", left.values).map((item) => json(item, depth + 1, left));
  if (typeof value !== "object") throw new Violation("body");
  const members = Object.create(null);
  for (const name of Object.getOwnPropertyNames(value)) {
    const member = own(value, name);
    if (member === undefined) continue;
    left.length -= name.length;
    members[name] = json(member, depth + 1, left);
  }
  return members;
}

function headers(data: unknown): Call["headers"] {
  let length = 0;
  return list(own(data, "headers"), "headers", MAX_HEADER_COUNT).map((pair) => {
    const [name, value] = list(pair, "headers", 2).map((each) => limited(each, "headers", MAX_HEADERS));
    if (name === undefined || value === undefined || !TOKEN.test(name)) throw new Violation("headers");
    length += name.length + value.length;
    if (length > MAX_HEADERS) throw new Violation("headers");
    return [name, value];
  });
}

function body(value: unknown): CallBody {
  if (typeof value === "string" || value instanceof Blob || value instanceof ReadableStream) return value;
  if (value instanceof ArrayBuffer) return value;
  if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) return value as Uint8Array<ArrayBuffer>;
  return list(value, "body", MAX_FORM_ENTRIES).map((pair): FormEntry => {
    const [name, entry, ...more] = list(pair, "body", 2);
    if (typeof name !== "string" || more.length > 0) throw new Violation("body");
    if (typeof entry === "string" || entry instanceof File) return [name, entry];
    throw new Violation("body");
  });
}

/** An own data property, or nothing. */
function own(data: unknown, name: string): unknown {
  if (typeof data !== "object" || data === null) throw new Violation(name);
  return Object.getOwnPropertyDescriptor(data, name)?.value;
}

function list(value: unknown, what: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new Violation(what);
  return Array.from({ length: value.length }, (_, index) => own(value, String(index)));
}

function text(data: unknown, name: string, most: number): string {
  return limited(own(data, name), name, most);
}

/** Absolute, so that it means the same here as where it comes from. */
function address(data: unknown, name: string): string {
  const url = text(data, name, MAX_URL);
  try {
    new URL(url);
  } catch {
    throw new Violation(name);
  }
  return url;
}

function limited(value: unknown, what: string, most: number): string {
  if (typeof value !== "string" || value.length > most) throw new Violation(what);
  return value;
}

function whole(data: unknown, name: string, least: number): number {
  const value = own(data, name);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) throw new Violation(name);
  return value;
}

function yesOrNo(data: unknown, name: string): boolean {
  const value = own(data, name);
  if (typeof value !== "boolean") throw new Violation(name);
  return value;
}

function oneOf<const T extends string>(known: readonly T[], data: unknown, name: string): T {
  const value = own(data, name);
  const found = known.find((each) => each === value);
  if (found === undefined) throw new Violation(name);
  return found;
}
