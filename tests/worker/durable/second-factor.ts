// Second factors, as scenarios in which every call fails once.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { codeOf, enrol } from "../../harness/authenticator-app.ts";
import { assertProblem, CHALLENGE_COOKIE } from "../../harness/contract.ts";
import { operator } from "../../harness/operator.ts";
import { call } from "../../harness/visitor.ts";
import { ADMIN } from "./operator.ts";
import type { Case, Scenario } from "./scenario.ts";
import { type Durable, fromOurPage, type Person } from "./world.ts";

/** A secret in base32, and what an app reads from its QR code. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/a:b?secret=${SECRET}&issuer=a`;

export function secondFactorScenarios(world: () => Durable): Scenario[] {
  const accountOf = ({ who }: Case) => who.cookie.split(".")[1] ?? "";
  const look = (one: Case, query: string) => world().look("ACCOUNT", accountOf(one), query);
  const send = (path: string, body: unknown, extra: Partial<Person>) =>
    call(world().origin, "POST", path, body, { ...fromOurPage, ...extra });
  const haveApp = (one: Case) =>
    look(one, `INSERT INTO totp (secret, last_step, expires_at) VALUES ('${SECRET}', 0, NULL)`);
  const sessions = async (one: Case) => (await look(one, "SELECT id FROM family WHERE ended_at IS NULL")).length;

  const cookies = new WeakMap<Case, string>();
  /** The first factor of a sign-in was proved. */
  async function challenge(one: Case): Promise<void> {
    await haveApp(one);
    const account = accountOf(one);
    const secret = randomBytes(32);
    const [{ version: credential_version }] = await look(one, "SELECT version FROM credential");
    const time = Math.floor(Date.now() / 1000);
    const proof = { account, credential_version, methods: ["pwd"], time, profile: null, once: null };
    const asker = { actor: "user", credential: null, request_id: "", source: {} };
    const keys = [{ id: "k", bytes: Buffer.alloc(32).toString("base64url") }];
    const browser = createHash("sha256").update(secret).digest("hex");
    const asked = { OpenSession: { asker, proof, signed_up: false, keys, challenge: browser } };
    const { OpenSession } = (await world().object("ACCOUNT", account, asked)).json();
    assert.ok(OpenSession.Err.SecondFactor, JSON.stringify(OpenSession));
    cookies.set(one, `${CHALLENGE_COOKIE}=1.${account}.${secret.toString("base64url")}`);
  }
  const verify = (one: Case) => send("/auth/second-factor", { code: codeOf(URI) }, { cookie: cookies.get(one) ?? "" });

  const pending = new WeakMap<Case, string>();
  const confirm = (one: Case) =>
    send("/auth/second-factor/totp/confirm", { code: codeOf(pending.get(one) ?? "") }, { token: one.who.token });

  const stepUp = ({ who }: Case) => send("/auth/second-factor", { code: codeOf(URI) }, { token: who.token });

  return [
    {
      name: "a sign-in that is completed by a second factor",
      prepare: challenge,
      act: verify,
      status: 200,
      after: async (one) => {
        const answer = await verify(one);
        if (answer.status !== 200) assertProblem(answer, "challenge_expired");
        assert.equal(await sessions(one), 3, "one session was opened");
        const [{ last_step }] = await look(one, "SELECT last_step FROM totp");
        assert.ok(last_step > 0, "and the code used up");
      },
    },
    {
      name: "a second factor that is proved in a session",
      prepare: haveApp,
      act: stepUp,
      status: 200,
      after: async (one) => {
        const answer = await stepUp(one);
        if (answer.status !== 200) assertProblem(answer, "code_invalid");
        const [{ methods }] = await look(one, `SELECT methods FROM family WHERE id = '${one.who.session}'`);
        assert.deepEqual(JSON.parse(methods), ["pwd", "otp", "mfa"]);
      },
    },
    {
      name: "an authenticator app that is confirmed",
      prepare: async (one) => {
        const begun = await send("/auth/second-factor/totp", undefined, { token: one.who.token });
        pending.set(one, begun.json().uri);
      },
      act: confirm,
      status: 200,
      after: async (one) => {
        const answer = await confirm(one);
        if (answer.status !== 200) assertProblem(answer, "challenge_expired");
        const rows = await look(one, "SELECT expires_at, (SELECT count(*) FROM recovery_code) AS codes FROM totp");
        assert.deepEqual(rows, [{ expires_at: null, codes: 10 }]);
      },
    },
    {
      name: "a second factor that an administrator resets",
      prepare: async (one) => {
        await enrol(world().origin, one.who.token, fromOurPage);
      },
      act: (one) => operator(world().origin, ADMIN).del(`/${accountOf(one)}/second-factor`),
      status: 200,
      after: async (one) => {
        const answer = await operator(world().origin, ADMIN).del(`/${accountOf(one)}/second-factor`);
        assert.deepEqual([answer.status, answer.json().second_factor, answer.json().sessions], [200, false, 0]);
        assert.equal(await sessions(one), 0);
        assert.deepEqual(await look(one, "SELECT * FROM totp"), []);
        assert.deepEqual(await look(one, "SELECT * FROM recovery_code"), []);
      },
    },
  ];
}
