// The deployer's hook: a server on loopback that verifies every message with the code of docs/hooks.md.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type http from "node:http";
import { startListener } from "../../harness/listener.ts";

/** A verified message. */
export interface Message {
  id: string;
  type: "before_sign_up" | "signed_up" | "signed_in" | "deleted";
  time: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert on its members
  [member: string]: any;
}

export type Answering = (message: Message, response: http.ServerResponse) => void;

type Verify = (secret: string, headers: http.IncomingHttpHeaders, body: string, now?: number) => Message;

export const PATH = "/latchkey";

/** The verification code of the documentation. */
export async function documentedVerification(): Promise<Verify> {
  const document = await readFile(new URL("../../../docs/hooks.md", import.meta.url), "utf8");
  const code = /```js\n([\s\S]*?)```/.exec(document)?.[1] ?? "";
  const { verifyHook } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return verifyHook;
}

export interface Receiver {
  readonly origin: string;
  readonly secret: string;
  /** Every message that it has received, confirmed or not, in order. */
  readonly received: Message[];
  /** The texts and headers of the requests. */
  readonly raw: { headers: http.IncomingHttpHeaders; body: string }[];
  /** Sets the response to every message from now on; `undefined` restores the normal ones. */
  answer(answering: Answering | undefined): void;
  /** The messages after a sign-up, sign-in or deletion of this user. */
  of(email: string): Message[];
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const [verify, listener] = await Promise.all([documentedVerification(), startListener()]);
  const secret = randomBytes(32).toString("base64url");
  const received: Message[] = [];
  const raw: Receiver["raw"] = [];
  let answering: Answering | undefined;
  listener.on(PATH, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    raw.push({ headers: request.headers, body });
    let message: Message;
    try {
      // The tests move the service's clock.
      message = verify(secret, request.headers, body, Number(request.headers["webhook-timestamp"]));
    } catch {
      return void response.writeHead(401).end();
    }
    received.push(message);
    (answering ?? asUsual)(message, response);
  });
  return {
    ...{ origin: listener.origin, secret, received, raw },
    answer: (next) => {
      answering = next;
    },
    of: (email) => received.filter((message) => message.user?.email === email),
    stop: () => listener.stop(),
  };
}

const asUsual: Answering = ({ type }, response) =>
  type === "before_sign_up"
    ? says(200, '{"verdict":"accepted"}')(undefined, response)
    : void response.writeHead(204).end();

/** A fixed response. */
export const says =
  (
    status: number,
    body: string | Buffer = "",
    headers: http.OutgoingHttpHeaders = { "Content-Type": "application/json" },
  ) =>
  (_: unknown, response: http.ServerResponse): void =>
    void response.writeHead(status, headers).end(body);

/** Responses that are not a verdict. */
export const NO_VERDICT: [name: string, answering: Answering, cause: RegExp][] = [
  ...[201, 202, 204, 301, 302, 307, 400, 401, 404, 429, 500, 502, 503].map((status): [string, Answering, RegExp] => [
    `status ${status}`,
    says(status, status === 204 ? "" : '{"verdict":"accepted"}', { Location: "/latchkey" }),
    new RegExp(`status ${status}`),
  ]),
  ["a page", says(200, "<!doctype html>", { "Content-Type": "text/html" }), /not a JSON object/],
  ["nothing", says(200), /not a JSON object/],
  ["no verdict", says(200, '{"allow":true}'), /no verdict/],
  ["another verdict", says(200, '{"verdict":"yes"}'), /no verdict/],
  ["two verdicts", says(200, '{"verdict":"refused","verdict":"accepted"}'), /not a JSON object/],
  ["an acceptance with 403", says(403, '{"verdict":"accepted"}'), /no verdict/],
  ["a misspelt member", says(200, '{"verdict":"accepted","role":["admin"]}'), /another member/],
  ["a role with a space", says(200, '{"verdict":"accepted","roles":["a b"]}'), /the roles/],
  ["metadata that is a list", says(200, '{"verdict":"accepted","metadata":[]}'), /the metadata/],
  [
    "metadata that is too large",
    says(200, JSON.stringify({ verdict: "accepted", metadata: { a: "x".repeat(1017) } })),
    /the metadata/,
  ],
  ["17 KiB", says(200, JSON.stringify({ verdict: "accepted", x: "x".repeat(17_000) })), /longer than 16 KiB/],
  ["bytes that aren't UTF-8", says(200, Buffer.from([0xff])), /status 200/],
  ["a closed connection", (_, response) => void response.socket?.destroy(), /./],
  ["no response at all", () => {}, /timed out/],
];
