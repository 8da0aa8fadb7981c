// The external system with the users' credentials: a server on loopback that knows its users, or responds as
// a test requires.
import { randomBytes } from "node:crypto";
import type http from "node:http";
import { json, type Listener, startListener } from "../../harness/listener.ts";

export interface User {
  id: string;
  password: string;
  roles: string[];
  /** The address in the response; if absent, the response has none. */
  email?: string;
}

/** A received request. */
export interface Question {
  method: string | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export type Answering = (question: Question, response: http.ServerResponse) => void;

export interface Users {
  readonly listener: Listener;
  readonly secret: string;
  /** The users, by the address that they sign in with. */
  readonly known: Map<string, User>;
  readonly questions: Question[];
  /** Sets the response to every request from now on; `undefined` restores the normal responses. */
  answer(answering: Answering | undefined): void;
  stop(): Promise<void>;
}

export const PATH = "/internal/sign-in";

export async function startUsers(): Promise<Users> {
  const listener = await startListener();
  const known = new Map<string, User>();
  const questions: Question[] = [];
  let answering: Answering | undefined;
  const asUsual: Answering = ({ body }, response) => {
    const { email, password } = JSON.parse(body);
    const user = known.get(email);
    if (user?.password !== password) return void response.writeHead(401, JSON_TYPE).end('{"verdict":"refused"}');
    const { id, roles, email: told } = user as User;
    json({ id, roles, ...(told === undefined ? {} : { email: told }) })(response.req, response);
  };
  listener.on(PATH, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const question = { method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString() };
    questions.push(question);
    (answering ?? asUsual)(question, response);
  });
  return {
    listener,
    secret: randomBytes(32).toString("base64url"),
    known,
    questions,
    answer: (next) => {
      answering = next;
    },
    stop: () => listener.stop(),
  };
}

const JSON_TYPE = { "Content-Type": "application/json" };

/** A fixed response. */
export const says =
  (status: number, body: string | Buffer = "", headers: http.OutgoingHttpHeaders = JSON_TYPE): Answering =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const person = (over: object = {}) => JSON.stringify({ id: "unknown-user", roles: [], ...over });
const HTML = { "Content-Type": "text/html" };
const PAGE = "<!doctype html><title>Sign in</title>";

/** Responses that are not a verdict, each with the cause in the log. */
export const NO_VERDICT: [name: string, answering: Answering, cause: RegExp][] = [
  ...[201, 202, 206, 400, 402, 409, 418, 422, 429, 500, 502, 503, 504].map((status): [string, Answering, RegExp] => [
    `status ${status}`,
    says(status, person()),
    new RegExp(`^status ${status}$`),
  ]),
  ["nothing at all", says(204), /^status 204$/],
  ...[301, 302, 303, 307, 308].map((status): [string, Answering, RegExp] => [
    `a redirect by ${status}`,
    says(status, "", { Location: "/redirected" }),
    new RegExp(`^status ${status}$`),
  ]),
  ["a page", says(200, PAGE, HTML), /^status 200, but the body is not a JSON object$/],
  ...[401, 403, 404].flatMap((status): [string, Answering, RegExp][] => [
    [
      `a page that is ${status}`,
      says(status, PAGE, HTML),
      new RegExp(`^status ${status}, but the body is not a JSON object$`),
    ],
    [`${status} without a body`, says(status), new RegExp(`^status ${status}, but the body is not a JSON object$`)],
    ...["{}", '{"status":404,"error":"Not Found"}', '{"detail":"Not found."}', '{"verdict":"no"}'].map(
      (body): [string, Answering, RegExp] => [
        `${status} ${body}`,
        says(status, body),
        new RegExp(`^status ${status}, but not "verdict": "refused"$`),
      ],
    ),
  ]),
  ["an empty yes", says(200), /not a JSON object/],
  ["half of it", says(200, person().slice(0, -4)), /not a JSON object/],
  ["more than one", says(200, person() + person()), /not a JSON object/],
  ["a list", says(200, `[${person()}]`), /not a JSON object/],
  ["not UTF-8", says(200, Buffer.from([0x7b, 0xff, 0x7d])), /decode/],
  ["an id twice", says(200, '{"id":"a","id":"b","roles":[]}'), /not a JSON object/],
  [
    "nested a thousand deep",
    says(200, `{"id":"a","roles":${"[".repeat(1000)}${"]".repeat(1000)}}`),
    /not a JSON object/,
  ],
  ...[
    { id: undefined },
    { id: 7 },
    { id: null },
    { id: "" },
    { id: "a b" },
    { id: "a\n" },
    { id: "ä" },
    { id: "x".repeat(129) },
    { id: ["a"] },
    { roles: undefined },
    { roles: null },
    { roles: "admin" },
    { roles: { admin: true } },
    { roles: [7] },
    { roles: ["a b"] },
    { roles: ["a", "a"] },
    { roles: Array.from({ length: 33 }, (_, i) => `r${i}`) },
    { email: "invalid" },
    { email: 7 },
  ].map((over): [string, Answering, RegExp] => [
    JSON.stringify(over, (_, value) => value ?? "none").slice(0, 60),
    says(200, person(over)),
    /^the id, the roles or the address is invalid$/,
  ]),
  [
    "more than 16 KiB",
    says(200, person({ more: "x".repeat(16 * 1024) })),
    /^status 200, but the response is longer than 16 KiB$/,
  ],
  [
    "without an end",
    (_, response) => {
      response.writeHead(200, JSON_TYPE);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(4096)));
      };
      response.on("drain", more);
      more();
    },
    /^status 200, but the response is longer than 16 KiB$/,
  ],
  ["a connection that breaks", (_, response) => void response.destroy(), /./],
  [
    "an interrupted response",
    (_, response) => {
      response.writeHead(200, { ...JSON_TYPE, "Content-Length": "100" });
      response.write(person());
      setImmediate(() => response.destroy());
    },
    /./,
  ],
  ["no answer", () => {}, /^the request timed out$/],
  [
    "a response that never ends",
    (_, response) => void response.writeHead(200, JSON_TYPE).write(person().slice(0, 5)),
    /^the request timed out$/,
  ],
];
