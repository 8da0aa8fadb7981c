// Check 23: every call that the gate makes to the platform fails in every possible way. The calls are not
// listed here but recorded in a run without a fault; each is then made to fail in turn, in a copy of the
// Worker with empty caches.
//
// A request without a valid credential is never admitted. A request with one gets its result, or a clear
// response that the service is unavailable; it never gets a response that rejects the credential, or an error
// without a body.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startIssuer } from "../../harness/issuer.ts";
import { STEP_LIMIT, until } from "../../harness/until.ts";
import { post } from "../../harness/visitor.ts";
import { withFaults } from "./shim.ts";
import { again, fromOurPage, METHODS, type Person, person, startWorld, type World } from "./world.ts";

/** The timeout for a response, and for the next requests after a call that hangs, in milliseconds. */
const PATIENCE_MS = STEP_LIMIT;
const HANG_MS = 1_500;

const AT_ONCE = 24;

const FETCHED = ["throw", "reject", "nothing", "object", "hang"];
const ANSWERED = [...FETCHED, "s500", "html", "empty", "wrong-json", "null", "torn"];
const COMPUTED = ["throw", "reject", "reject-nothing", "hang", "nothing", "number", "text", "object"];
const CACHED = ["reject", "hang", "nothing", "object", "html"];

function modesOf(call: string, upstream: string): string[] {
  if (call.startsWith("env.")) return ["throw", "undefined"];
  if (call.startsWith("caches.")) return CACHED;
  if (call === "importKey" || call === "verify") return COMPUTED;
  // The upstream's own response is not a fault of the gate.
  const modes = call === upstream ? FETCHED : ANSWERED;
  // By the standards, `fetch` and caches reject and never throw.
  return call === "fetch" ? modes.filter((mode) => mode !== "throw") : modes;
}

interface Credentials {
  good: Record<string, Record<string, string>>;
  bad: Record<string, Record<string, string>>;
}

interface Kind {
  path: string;
  /** The last call of a request that is admitted. */
  upstream: "UPSTREAM" | "fetch";
  credentials: (world: World) => Promise<Credentials>;
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** A valid one, and sessions of the same account that have ended or never existed. */
async function visitors(world: World) {
  const who = await person(world.origin);
  const ended = await again(world.origin, who);
  assert.equal((await post(world.origin, "/auth/sign-out", {}, { cookie: ended.cookie, ...fromOurPage })).status, 204);
  return { who, ended, forged: forged(who) };
}

/** The same claims with another signature. */
function forged({ token }: Person): string {
  const at = token.lastIndexOf(".") + 10;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

const byToken = async (world: World): Promise<Credentials> => {
  const { who, ended, forged } = await visitors(world);
  return {
    good: { token: bearer(who.token) },
    bad: { revoked: bearer(ended.token), forged: bearer(forged), absent: {} },
  };
};

const byCookie = async (world: World): Promise<Credentials> => {
  const { who, ended } = await visitors(world);
  const madeUp = `${who.cookie.slice(0, -43)}${"A".repeat(43)}`;
  return {
    good: { cookie: { Cookie: who.cookie } },
    bad: { ended: { Cookie: ended.cookie }, "made up": { Cookie: madeUp } },
  };
};

export function faults(): void {
  describe("faults", { concurrency: 2 }, async () => {
    const issuer = await startIssuer(["ES256"]);
    after(() => issuer.stop());

    const kinds: Record<string, Kind> = {
      none: {
        path: "/service/none/x",
        upstream: "UPSTREAM",
        // A route without a bound accepts a revoked token until it expires.
        credentials: async (world) => {
          const { good, bad } = await byToken(world);
          return { good, bad: { forged: bad.forged as Record<string, string> } };
        },
      },
      "none, by URL": {
        path: "/url/none/x",
        upstream: "fetch",
        credentials: async (world) => ({ ...(await byToken(world)), bad: {} }),
      },
      "5s": { path: "/service/5s/x", upstream: "UPSTREAM", credentials: byToken },
      strict: { path: "/service/strict/x", upstream: "UPSTREAM", credentials: byToken },
      session: { path: "/service/page/x", upstream: "UPSTREAM", credentials: byCookie },
      "token-or-session": {
        path: "/service/both/x",
        upstream: "UPSTREAM",
        credentials: async (world) => {
          const { who, ended } = await visitors(world);
          return {
            good: { cookie: { Cookie: who.cookie } },
            bad: { "bad token, good cookie": { ...bearer(ended.token), Cookie: who.cookie } },
          };
        },
      },
      "another issuer": {
        path: "/service/other/x",
        upstream: "UPSTREAM",
        credentials: async () => {
          const token = await issuer.token("ES256", { sub: "s" });
          const stranger = await startIssuer(["ES256"]);
          const foreign = await stranger.token("ES256", { sub: "s", iss: issuer.issuer });
          await stranger.stop();
          return { good: { token: bearer(token) }, bad: { "another's key": bearer(foreign) } };
        },
      },
    };

    const start = (copies: number) =>
      startWorld({
        shim: (built) => withFaults(built, copies),
        flags: ["nodejs_als"],
        objectsApart: true,
        moreRoutes: [
          { path: "/service/other/*", methods: METHODS, access: "token", issuers: ["other"], upstream: "service" },
        ],
        config: {
          issuers: {
            other: {
              issuer: issuer.issuer,
              audience: "their-api",
              algorithms: ["ES256"],
              jwks_url: issuer.jwksUrl,
            },
          },
        },
      });

    for (const [name, kind] of Object.entries(kinds))
      test(`check_23 every call of a request, failing in every way: ${name}`, async (t) => {
        const world = await start(260);
        try {
          const { good, bad } = await kind.credentials(world);
          const ask = asker(world);
          const cases: (() => Promise<void>)[] = [];
          const waits = new Set<string>();
          const noted: string[] = [];
          for (const [set, isGood] of [
            [good, true],
            [bad, false],
          ] as const)
            for (const [credential, headers] of Object.entries(set)) {
              const clean = await ask(kind.path, headers);
              assert.equal(clean.status, isGood ? 200 : 401, `${credential} without a fault: ${clean.text}`);
              assert.equal(clean.calls.includes(kind.upstream), isGood, `${credential}: ${clean.calls}`);
              noted.push(`${credential}: ${clean.calls.join(" ")}`);
              for (const [at, call] of clean.calls.entries())
                for (const mode of modesOf(call, kind.upstream))
                  cases.push(async () => {
                    const answer = await ask(kind.path, headers, { at, mode });
                    const what = `${credential}, ${call} (${at}) ${mode}: ${answer.status} ${answer.text.slice(0, 200)}`;
                    assert.equal(answer.calls[at], call, `${what}: ${answer.calls}`);
                    if (answer.status === 0) {
                      assert.equal(mode, "hang", what);
                      waits.add(call);
                    }
                    if (isGood) assertClean(answer, what);
                    else assertRefused(answer, kind.upstream, what);
                  });
            }
          await inTurn(cases);
          t.diagnostic(`${cases.length} faults; ${noted.join("; ")}`);
          if (waits.size > 0)
            t.diagnostic(`no response within ${HANG_MS} ms after the call hung: ${[...waits].join(", ")}`);
        } finally {
          await world.stop();
        }
      });

    test("check_23 a copy of the list that is too old and can't be renewed admits no revoked token", async (t) => {
      const world = await start(2 * ANSWERED.length + 2);
      try {
        const ask = asker(world);
        const [living, dying] = [await person(world.origin), await person(world.origin)];
        const path = "/service/1s/x";
        const copies = ANSWERED.flatMap((mode) => [living, dying].map((who) => ({ mode, who, copy: ask.next() })));
        // Every copy has filled caches: keys, both tokens, and a list without a revocation.
        for (const { who, copy } of copies) assert.equal((await ask(path, bearer(who.token), { copy })).status, 200);
        assert.equal(
          (await post(world.origin, "/auth/sign-out", {}, { cookie: dying.cookie, ...fromOurPage })).status,
          204,
        );
        await pause(1_100);
        await inTurn(
          copies.map(({ mode, who, copy }) => async () => {
            const answer = await ask(path, bearer(who.token), { copy, at: "REVOCATIONS", mode });
            const what = `${mode}: ${answer.status} ${answer.text.slice(0, 200)} ${answer.calls}`;
            assert.ok(answer.calls.includes("REVOCATIONS"), what);
            if (who === living) assertClean(answer, what);
            else assertRefused(answer, "UPSTREAM", what);
          }),
        );
        t.diagnostic(`${copies.length} faults`);
      } finally {
        await world.stop();
      }
    });
  });
}

interface Outcome {
  /** `0`: no response in time. */
  status: number;
  text: string;
  contentType: string;
  calls: string[];
}

/** Each request goes to a copy of its own, unless one is named. */
function asker(world: World) {
  let copies = 0;
  const next = () => ++copies;
  const ask = async (
    path: string,
    headers: Record<string, string>,
    fault: { copy?: number; at?: number | string; mode?: string } = {},
  ) => {
    const run = { copy: next(), ...fault };
    const send = (headers: object, signal: AbortSignal) =>
      fetch(`${world.origin}${path}`, { headers: headers as Record<string, string>, redirect: "manual", signal });
    const noted = async () => {
      const trace = { "X-Case": JSON.stringify({ copy: run.copy, trace: true }) };
      return (await (await send(trace, AbortSignal.timeout(PATIENCE_MS))).json()) as string[];
    };
    const outcome: Outcome = { status: 0, text: "no answer", contentType: "", calls: [] };
    const given = new AbortController();
    const answered = send({ ...headers, "X-Case": JSON.stringify(run) }, given.signal).then(async (answer) => {
      outcome.text = await answer.text();
      outcome.contentType = answer.headers.get("content-type") ?? "";
      outcome.status = answer.status;
    });
    if (run.mode === "hang") {
      const made = (calls: string[]) =>
        typeof run.at === "string" ? calls.includes(run.at) : calls.length > (run.at ?? 0);
      const hangs = until("the call that hangs", async () => outcome.status !== 0 || made(await noted()));
      await hangs.then(() => Promise.race([answered, pause(HANG_MS)])).finally(() => given.abort());
      await answered.catch(() => {});
    } else await Promise.race([answered, pause(PATIENCE_MS)]);
    outcome.calls = await noted();
    return outcome;
  };
  return Object.assign(ask, { next });
}

/** The requested result, or a problem that does not blame the caller, or no response yet. */
function assertClean({ status, text, contentType }: Outcome, what: string): void {
  if (status === 0 || status === 200) return;
  assert.ok([502, 503, 504].includes(status), what);
  assert.match(contentType, /^application\/problem\+json/, what);
  assert.equal(JSON.parse(text).status, status, what);
}

function assertRefused({ status, text, contentType, calls }: Outcome, upstream: string, what: string): void {
  assert.ok(!calls.includes(upstream) || upstream === "fetch", `admitted: ${what}`);
  if (status === 0) return;
  assert.ok([401, 503].includes(status), what);
  assert.match(contentType, /^application\/problem\+json/, what);
  assert.equal(JSON.parse(text).status, status, what);
}

async function inTurn(work: (() => Promise<void>)[]): Promise<void> {
  const rest = work.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const next of rest) await next();
    }),
  );
}
