import type { Kind } from "./columns.ts";
import { type Kept, perRow } from "./figures.ts";
import type { Action } from "./lab-service.ts";
import type { Report } from "./run.ts";

/** One measured value, with its unit. */
export interface Figure {
  /** What it is a value of: a column, or what the row compares. */
  readonly of: string;
  /** `null`: not measured in this run. */
  readonly value: string | null;
}

export interface Side {
  /** What the articles say. */
  readonly says: string;
  readonly figures: readonly Figure[];
}

/** One line of the comparison. */
export interface Row {
  readonly dimension: string;
  readonly session: Side;
  readonly jwt: Side;
  /** How the figures were obtained. */
  readonly how: string;
}

/** The three columns with a JWT. */
const JWTS = ["none", "bound", "strict"] as const satisfies readonly Kind[];

/** The table of the articles that compare sessions with JWTs, with what a run has measured beside their adjectives. */
export function tableOf(report: Report): readonly Row[] {
  const { bound } = report;
  const name = (kind: Kind) => ({ session: "session", none: "none", bound: `${bound}s`, strict: "strict" })[kind];
  const of = (kind: Kind, value: string | null): Figure => ({ of: name(kind), value });
  const perKind = (figure: (kind: Kind) => string | null) => ({
    session: [of("session", figure("session"))],
    jwt: JWTS.map((kind) => of(kind, figure(kind))),
  });
  const cost = (kind: Kind) => report.costs?.[kind];
  const row = (
    dimension: string,
    [session, jwt]: readonly [string, string],
    figures: { session: readonly Figure[]; jwt: readonly Figure[] },
    how: string,
  ): Row => ({
    dimension,
    how,
    session: { says: session, figures: figures.session },
    jwt: { says: jwt, figures: figures.jwt },
  });
  const ended = (action: Action) => perKind((kind) => keptText(report, action, kind));
  const probe = (named: string) => {
    const found = report.probes?.find((each) => each.name === named);
    return found ? `${found.status}${found.code === "" ? "" : ` ${found.code}`}` : null;
  };

  return [
    row("Where state lives", ["on the server", "in the token: stateless"], stateOf(report, of), STATE),
    row(
      "Database hit per request",
      ["yes, always", "none"],
      perKind((kind) => {
        const found = cost(kind);
        return found ? `${digits(found.lookups)} look-ups, ${digits(found.objects)} objects per request` : null;
      }),
      "Counted by the demo's Worker, which reports each call that the gate makes to a Durable Object; the mean of all accepted calls.",
    ),
    row(
      "Instant revocation",
      ["yes", "no: valid until it expires"],
      ended("ban"),
      "An administrator bans the user while calls go on: milliseconds from the answer until the last call that was accepted began.",
    ),
    row(
      "Role changes",
      ["immediate", "stale until the token expires"],
      ended("role"),
      "An administrator takes the role away: milliseconds for which calls were still made with it.",
    ),
    row(
      "Scaling",
      ["harder: a shared store", "easy: any server verifies"],
      perKind((kind) => {
        const found = cost(kind);
        return found ? `p50 ${ms(found.p50)}, p99 ${ms(found.p99)}` : null;
      }),
      "Latency at the client, all columns calling at the same time, each call after the one before; on one machine, client and server included.",
    ),
    row(
      "Cross-domain",
      ["hard: the cookie belongs to one site", "easy: a header"],
      {
        session: [{ of: "forged POST from another site, with the cookie", value: probe("forged-cookie") }],
        jwt: [{ of: "preflight from an origin that is not listed", value: probe("preflight") }],
      },
      "Requests with the headers that a browser sends for another site's page, sent by a program: neither works until the origin is listed.",
    ),
    row(
      "Mobile and other clients",
      ["awkward: a cookie jar", "natural: a header"],
      {
        session: [{ of: "a program, by cookie", value: probe("program-cookie") }],
        jwt: [{ of: "a program, by header", value: probe("program-token") }],
      },
      "Status of a request by a program without a browser's headers.",
    ),
    row(
      "Token size",
      ["small: an id", "large: claims and a signature"],
      perKind((kind) => (cost(kind) ? `${cost(kind)?.credentialBytes} bytes per request` : null)),
      "The length of the header that carries the credential, as it arrived at the Worker.",
    ),
    row(
      "Infrastructure",
      ["a session store", "only a key"],
      perKind((kind) => outageText(report, kind)),
      "Calls that were accepted while every Durable Object failed, after copies of the list had become older than the bound (a fault switch of the demo's Worker). " +
        `In the same outage, a sign-in gets ${probe("down-sign-in") ?? "an answer that was not measured"}, and a refresh ${probe("down-refresh") ?? "one that was not measured"}.`,
    ),
    row(
      "Sign-out reliability",
      ["reliable: the server ends it", "unreliable: the client forgets the token"],
      ended("sign-out"),
      "The user signs out from another device: milliseconds for which the credential that was left behind, or stolen, still worked.",
    ),
    row(
      "Password change, stolen key",
      ["sessions can be ended", "only a new key ends tokens"],
      {
        session: perKind((kind) => keptText(report, "password", kind))
          .session.map(changed("password"))
          .concat(perKind((kind) => keptText(report, "key", kind)).session.map(changed("signing key"))),
        jwt: perKind((kind) => keptText(report, "password", kind))
          .jwt.map(changed("password"))
          .concat(perKind((kind) => keptText(report, "key", kind)).jwt.map(changed("signing key"))),
      },
      "The user changes the password on another device; an operator retires the signing key. A session's cookie is not made with that key. On this machine there is one isolate, which learns of it at once; elsewhere it takes 10 seconds at most.",
    ),
    row(
      "CSRF",
      ["vulnerable: the browser adds the cookie", "not vulnerable: script adds the header"],
      {
        session: [{ of: "forged POST with the cookie", value: probe("forged-cookie") }],
        jwt: [{ of: "forged POST", value: probe("forged-token") }],
      },
      "POST with the headers that a browser sends for another site's page, sent by a program. The real cookie is SameSite=Strict too, so a browser would not add it.",
    ),
    row(
      "XSS",
      ["safer: HttpOnly", "vulnerable: script reads localStorage"],
      {
        session: [{ of: "cookie", value: scriptText(report) }],
        jwt: [{ of: "token in the vault", value: scriptText(report) }],
      },
      "Script of the page looks for the visitor's credentials in cookies, both storages, IndexedDB, caches, history, and every property of the page and of the client. Injected script can still use the session while the page is open.",
    ),
  ];
}

const STATE =
  "The demo's Worker adds up the values in the rows of one user's account and of the list of revocations. A JWT has its claims with it; the rows of a session exist in all four columns, because every user can renew the token.";

function stateOf({ stored, costs }: Report, of: (kind: Kind, value: string | null) => Figure) {
  const family = stored && perRow(stored.account, "family");
  const list = stored && perRow(stored.revocations, "revocation");
  const perSession = family ? `${family.bytes} bytes on the server per session` : null;
  const perEntry = list ? `, ${list.bytes} bytes on the server per revocation` : "";
  const token = (kind: Kind) => {
    const bytes = costs?.[kind]?.credentialBytes;
    return bytes === undefined ? null : `${bytes} bytes at the client`;
  };
  return {
    session: [of("session", perSession)],
    jwt: [
      of("none", token("none")),
      of("bound", token("bound") === null ? null : `${token("bound")}${perEntry}`),
      of("strict", perSession),
    ],
  };
}

function keptText(report: Report, action: Action, kind: Kind): string | null {
  const trial = report.trials?.find((each) => each.action === action);
  if (!trial) return null;
  if (action === "key" && kind === "session") return "keeps working";
  const kept = trial.kept[kind];
  const life = kept.rejectedAfter === null && kind !== "session" ? `; the token lives ${trial.tokenLife} s` : "";
  return `${keptAsText(kept)}${life}`;
}

/** For how long a credential worked, in words and figures. */
export function keptAsText({ ms: kept, rejectedAfter, watched }: Kept): string {
  if (rejectedAfter === null) return watched === 0 ? "not called yet" : `still worked after ${ms(watched)}`;
  return ms(kept);
}

function outageText({ outage }: Report, kind: Kind): string | null {
  const found = outage?.[kind];
  if (!found || found.calls === 0) return null;
  return `store down: ${found.accepted} of ${found.calls} calls accepted`;
}

function scriptText({ script }: Report): string | null {
  return script ? `found in ${script.found} of ${script.places} places` : null;
}

const changed =
  (what: string) =>
  (figure: Figure): Figure => ({ ...figure, of: `${what}, ${figure.of}` });

/** Milliseconds with as many digits as were measured. */
export function ms(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 || value === 0 ? `${Math.round(value).toLocaleString("en")} ms` : `${value.toFixed(1)} ms`;
}

/** A mean per request. */
export const digits = (value: number) => value.toFixed(value > 0 && value < 0.1 ? 3 : 2);

/** The table as Markdown, for the terminal and for documents. */
export function markdownOf(report: Report): string {
  const side = ({ figures }: Side) => figures.map(({ of, value }) => `${of}: ${value ?? "not measured"}`).join("; ");
  const lines = tableOf(report).map(
    ({ dimension, session, jwt }) =>
      `| ${dimension} | ${session.says} | ${side(session)} | ${jwt.says} | ${side(jwt)} |`,
  );
  return [
    "| | sessions, as articles say | measured | JWTs, as articles say | measured |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
