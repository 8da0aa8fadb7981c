import type { AuthStatus } from "../types.js";

/** What the panel shows of a client at one time. All times are milliseconds since the run began. */
export interface Moment {
  readonly status: AuthStatus;
  /** The code of `lastError`, with the reason of an ended session. */
  readonly error: string | null;
  /** When the access token expires. */
  readonly tokenExpires: number | null;
  readonly refreshes: number;
  readonly idleExpires: number | null;
  readonly sessionExpires: number | null;
}

/** A line of a run: what has happened, and how the client was afterwards. */
export interface Step extends Moment {
  readonly at: number;
  readonly what: string;
}

export interface Run {
  /** When it began, in milliseconds since the Unix epoch. */
  readonly began: number;
  readonly steps: readonly Step[];
}

export const STATUSES: readonly AuthStatus[] = ["loading", "signed-in", "offline", "signed-out"];

/** The most steps of a run: the oldest are dropped. */
export const MAX_STEPS = 200;

/** The most characters of a line. */
const MAX_LINE = 200;

/** The most bytes of a run from a link, uncompressed. */
const MAX_BYTES = 100_000;

/** The parameter of the page's fragment that has a run. */
const PARAMETER = "latchkey-run=";

/** Raised with any change of {@link Row}. */
const VERSION = 1;

type Row = [at: number, what: string, status: number, error: string | null, ...times: (number | null)[]];

/** Words of 20 or more characters, which may be ids or secrets, are replaced. */
export const redacted = (text: string): string => text.replaceAll(/[\w~+=%-]{20,}/g, "…").slice(0, MAX_LINE);

/** The page's address with the run in its fragment, beside what else the fragment has. */
export async function linkTo({ began, steps }: Run): Promise<string> {
  const rows = steps.map((step): Row => {
    const { at, what, status, error, tokenExpires, refreshes, idleExpires, sessionExpires } = step;
    return [at, what, STATUSES.indexOf(status), error, tokenExpires, refreshes, idleExpires, sessionExpires];
  });
  const text = new Blob([JSON.stringify([VERSION, began, rows])]);
  const packed = new Response(text.stream().pipeThrough(new CompressionStream("deflate-raw")));
  const bytes = new Uint8Array(await packed.arrayBuffer());
  const data = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
  const { origin, pathname, hash } = location;
  const others = hash
    .slice(1)
    .split("&")
    .filter((part) => part !== "" && !part.startsWith(PARAMETER));
  return `${origin}${pathname}#${[...others, PARAMETER + data].join("&")}`;
}

/** The run in a fragment; `null` if there is none, or if it is malformed: anyone may have written it. */
export async function runIn(hash: string): Promise<Run | null> {
  const found = hash
    .slice(1)
    .split("&")
    .find((part) => part.startsWith(PARAMETER));
  if (found === undefined) return null;
  try {
    const data = found.slice(PARAMETER.length).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    return read(JSON.parse(await unpacked(bytes)));
  } catch {
    return null;
  }
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > MAX_BYTES) throw new RangeError("too long");
  }
}

function read(value: unknown): Run | null {
  if (!Array.isArray(value)) return null;
  const [version, began, rows] = value as unknown[];
  if (version !== VERSION || !isTime(began) || !Array.isArray(rows) || rows.length > MAX_STEPS) return null;
  const steps = rows.map(stepOf);
  return steps.length > 0 && steps.every((step) => step !== null) ? { began, steps } : null;
}

function stepOf(row: unknown): Step | null {
  if (!Array.isArray(row)) return null;
  const [at, what, index, error, tokenExpires, refreshes, idleExpires, sessionExpires] = row as unknown[];
  const status = STATUSES.find((_, place) => place === index);
  if (!status || !isTime(at) || !isLine(what) || !(error === null || isLine(error)) || !isTime(refreshes)) return null;
  if (!isTimeOrNull(tokenExpires) || !isTimeOrNull(idleExpires) || !isTimeOrNull(sessionExpires)) return null;
  return { at, what, status, error, tokenExpires, refreshes, idleExpires, sessionExpires };
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 8.64e15;
const isTimeOrNull = (value: unknown): value is number | null => value === null || isTime(value);
const isLine = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_LINE;
