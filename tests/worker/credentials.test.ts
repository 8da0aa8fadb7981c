// Credentials in an account: several of them, their versions, what a proof of one is worth, and challenges.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import { assertProblem } from "../harness/contract.ts";
import { newCredential, operator } from "../harness/operator.ts";
import { call, newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { again, type Durable, fromOurPage, person, startDurable } from "./durable/world.ts";

const admin = newCredential();
const OTHER_PASSWORD = "another horse, another battery";
const NOW = () => Math.floor(Date.now() / 1000);

interface Versioned {
  version: number;
  credential: { Password?: string; External?: string };
}

let world: Durable;

const accountOf = ({ cookie }: { cookie: string }) => cookie.split(".")[1] as string;
const credentialsOf = async (account: string): Promise<Versioned[]> =>
  (await world.object("ACCOUNT", account, { Credentials: {} })).json().Credentials.credentials;
const signIn = (email: string, password: string) =>
  post(world.origin, "/auth/sign-in", { email, password }, fromOurPage);
const CONFLICT = { Err: "Conflict" };
const asker = { actor: "user", credential: null, request_id: "", source: {} };

/** What the account replies to a proof. */
async function open(account: string, changes: Record<string, unknown>) {
  const { Ring } = (await world.object("KEYRING", "keyring", { Ring: { known: null } })).json();
  const keys = Ring.refresh.map(({ id, material }: { id: string; material: string }) => ({ id, bytes: material }));
  const proof = {
    account,
    credential_version: 1,
    methods: ["pwd"],
    time: NOW(),
    profile: null,
    once: null,
    ...changes,
  };
  const asked = { OpenSession: { asker, proof, signed_up: false, keys, challenge: "" } };
  return (await world.object("ACCOUNT", account, asked)).json().OpenSession;
}

/** The shard of the Directory and the hash under which it has a key. */
function directory(key: string) {
  const hash = createHash("sha256").update(key).digest();
  return { shard: `shard-${(hash[0] ?? 0) % 64}`, address: hash.toString("hex") };
}
const find = async (key: string) => {
  const { shard, address } = directory(key);
  return (await world.object("DIRECTORY", shard, { Find: { address } })).json().Find;
};

describe("credentials of an account", { concurrency: 4 }, () => {
  before(async () => {
    world = await startDurable({ config: { admin_credentials: [admin.hash] } });
  });
  after(() => world?.stop());

  test("check_38 a proof is valid only for its account, and for the version of a credential that the account still has", async () => {
    const [ada, bob] = [await person(world.origin), await person(world.origin)];
    const account = accountOf(ada);
    const [{ version } = { version: 0 }] = await credentialsOf(account);
    const opened = await open(account, { credential_version: version });
    assert.equal(opened.Ok.account, account);
    for (const changes of [
      { credential_version: version, account: accountOf(bob) },
      { credential_version: version + 1 },
      { credential_version: 0 },
    ])
      assert.deepEqual(await open(account, changes), CONFLICT, JSON.stringify(changes));
    const change = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    const changed = await post(world.origin, "/auth/password", change, { ...fromOurPage, token: ada.token });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(await open(account, { credential_version: version }), CONFLICT, "the password was changed");
    const [{ version: present } = { version: 0 }] = await credentialsOf(account);
    assert.ok(present > version);
    assert.equal((await open(account, { credential_version: present })).Ok.account, account);
    await world.look("ACCOUNT", account, "UPDATE account SET disabled = 1");
    assert.deepEqual(await open(account, { credential_version: present }), CONFLICT, "the account is disabled");
  });

  test("check_38 a version is never used again, also after a restart and after the newest credential was removed", async () => {
    const ada = await person(world.origin);
    const account = accountOf(ada);
    const reset = async () => {
      const answer = await operator(world.origin, admin.secret).post(`/${account}/password`, {});
      assert.equal(answer.status, 200, answer.text);
    };
    const versions = new Set((await credentialsOf(account)).map(({ version }) => version));
    for (let i = 0; i < 3; i += 1) {
      await world.look("ACCOUNT", account, "INSERT INTO credential (kind, value) VALUES ('external', 'u')");
      for (const { version } of await credentialsOf(account)) versions.add(version);
      await world.look("ACCOUNT", account, "DELETE FROM credential WHERE kind = 'external'");
      await reset();
      for (const { version } of await credentialsOf(account)) versions.add(version);
    }
    assert.equal(versions.size, 7);
  });

  test("an account with several credentials and addresses: each is found, and none is left when the account is deleted", async () => {
    const ada = await person(world.origin);
    const account = accountOf(ada);
    const second = newEmail("second");
    await world.look("ACCOUNT", account, "INSERT INTO credential (kind, value) VALUES ('external', 'u-1')");
    await world.look("ACCOUNT", account, `INSERT INTO address (email, claimed) VALUES ('${second}', 1)`);
    const stated = newEmail("stated");
    await world.look("ACCOUNT", account, `INSERT INTO address (email, claimed) VALUES ('${stated}', 0)`);
    for (const key of [second, "elsewhere u-1"]) {
      const { shard, address } = directory(key);
      assert.deepEqual((await world.object("DIRECTORY", shard, { Claim: { address, account } })).json().Claim.Ok, {});
    }
    // Another account has the address that this one was only told about.
    await person(world.origin, stated);
    for (const email of [ada.email, second]) await again(world.origin, email);
    const found = await operator(world.origin, admin.secret).get("?external_id=u-1");
    assert.deepEqual(
      found.json().users.map(({ id, external_id }: Record<string, string>) => [id, external_id]),
      [[account, "u-1"]],
    );
    const kinds = (await credentialsOf(account)).map(({ credential }) => Object.keys(credential)[0]);
    assert.deepEqual(kinds, ["Password", "External"]);

    const deletion = { current_password: PASSWORD };
    const answer = await call(world.origin, "DELETE", "/auth/account", deletion, { ...fromOurPage, token: ada.token });
    assert.equal(answer.status, 204, answer.text);
    for (const key of [ada.email, second, "elsewhere u-1"]) assert.equal(await find(key), null, key);
    assert.ok(await find(stated), "the other account keeps its address");
    await again(world.origin, stated);
  });

  test("check_38 what code of the previous version writes counts: a new password, and the address that an external system states", async () => {
    const [ada, bob] = [await person(world.origin), await person(world.origin)];
    const account = accountOf(ada);
    const change = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    await post(world.origin, "/auth/password", change, { ...fromOurPage, token: bob.token });
    const [row] = await world.look("ACCOUNT", accountOf(bob), "SELECT password_hash FROM account");
    const [{ version } = { version: 0 }] = await credentialsOf(account);
    await world.look("ACCOUNT", account, `UPDATE account SET password_hash = '${row.password_hash}'`);
    assertProblem(await signIn(ada.email, PASSWORD), "invalid_credentials");
    await again(world.origin, ada.email, OTHER_PASSWORD);
    assert.deepEqual(await open(account, { credential_version: version }), CONFLICT);
    // The previous version repeats a value that has not changed.
    const [{ version: present } = { version: 0 }] = await credentialsOf(account);
    await world.look("ACCOUNT", account, "UPDATE account SET password_hash = password_hash, email = email");
    assert.deepEqual(
      (await credentialsOf(account)).map((credential) => credential.version),
      [present],
    );
    const addresses = () => world.look("ACCOUNT", account, "SELECT email, claimed FROM address ORDER BY claimed");
    assert.deepEqual(await addresses(), [{ email: ada.email, claimed: 1 }]);
    for (const email of ["one@example.com", "two@example.com"])
      await world.look("ACCOUNT", account, `UPDATE account SET email = '${email}'`);
    assert.deepEqual(await addresses(), [
      { email: "two@example.com", claimed: 0 },
      { email: ada.email, claimed: 1 },
    ]);
  });

  test("a session states how its user authenticated, also after the user has authenticated again", async () => {
    const ada = await person(world.origin);
    const methods = () => world.look("ACCOUNT", accountOf(ada), "SELECT methods FROM family");
    assert.deepEqual(await methods(), [{ methods: '["pwd"]' }]);
    await world.look("ACCOUNT", accountOf(ada), "UPDATE family SET methods = '[]'");
    const proof = await post(
      world.origin,
      "/auth/reauthenticate",
      { password: PASSWORD },
      { ...fromOurPage, token: ada.token },
    );
    assert.equal(proof.status, 200, proof.text);
    assert.deepEqual(await methods(), [{ methods: '["pwd"]' }]);
  });

  test("a code is answered in the browser for which it was issued, and for its purpose, five times", async () => {
    const ada = await person(world.origin);
    const account = accountOf(ada);
    const { sid, epoch, jti } = decodeJwt(ada.token);
    const issue = async (browser: string) => {
      const code = { mac: "ab", email: ada.email, account };
      const asked = { IssueMailCode: { bearing: { sid, epoch, jti }, code, purpose: "reauthentication", browser } };
      assert.deepEqual((await world.object("ACCOUNT", account, asked)).json().IssueMailCode, {});
    };
    const answer = async (browser: string, mac: string, more: { purpose?: string; email?: string } = {}) => {
      const asked = { purpose: "reauthentication", browser, mac, email: null, ...more };
      return (await world.object("ACCOUNT", account, { AnswerCode: asked })).json().AnswerCode;
    };
    const verdict = async (...args: Parameters<typeof answer>) => (await answer(...args)).verdict;
    await issue("ours");
    assert.deepEqual(await answer("theirs", "ab"), { verdict: { rejected: "other_browser" }, code: null });
    assert.deepEqual(await verdict("ours", "ab", { purpose: "sign_in" }), { rejected: "other_purpose" });
    const { code, ...first } = await answer("ours", "ab", { email: ada.email });
    assert.equal(first.verdict.correct.id, "ours");
    assert.deepEqual(code, { mac: "ab", email: ada.email, account });
    assert.deepEqual(await verdict("ours", "ab"), first.verdict, "the proof of it counts once, not the answer");
    assert.deepEqual(await verdict("ours", "ab", { email: "eve@example.com" }), { wrong: { answers_left: 4 } });
    for (const answers_left of [3, 2, 1, 0]) assert.deepEqual(await verdict("ours", "ac"), { wrong: { answers_left } });
    assert.deepEqual(await verdict("ours", "ab"), { rejected: "too_many_answers" });

    // Other browsers' codes are not affected, until there are too many.
    await issue("first");
    for (let i = 0; i < 31; i += 1) await issue(`browser-${i}`);
    assert.ok((await verdict("first", "ab")).correct);
    assert.deepEqual(await verdict("ours", "ab"), { rejected: "other_browser" });
  });

  test("a proof that counts once opens one of 50 sessions, and none when it is late", async () => {
    const account = accountOf(await person(world.origin));
    const [{ version } = { version: 0 }] = await credentialsOf(account);
    const once = { id: "a code", until: NOW() + 600 };
    const opening = () => open(account, { credential_version: version, once });
    const opened = await Promise.all(Array.from({ length: 50 }, opening));
    assert.equal(opened.filter((reply) => reply.Ok).length, 1);
    assert.equal(opened.filter((reply) => reply.Err === "Used").length, 49);
    const late = { id: "another code", until: NOW() };
    assert.deepEqual(await open(account, { credential_version: version, once: late }), { Err: "Used" });
    // A proof of a credential that has changed is not used up.
    const other = { id: "a third code", until: NOW() + 600 };
    assert.deepEqual(await open(account, { credential_version: version + 1, once: other }), CONFLICT);
    assert.ok((await open(account, { credential_version: version, once: other })).Ok);
  });

  test("a code expires after ten minutes, and its row and that of the proof are deleted by alarm", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const ada = await person(world.origin);
    const account = accountOf(ada);
    const { sid, epoch, jti } = decodeJwt(ada.token);
    const issued = NOW();
    await world.clock(issued * 1000);
    const code = { mac: "ab", email: ada.email, account };
    const bearing = { sid, epoch, jti };
    const asked = { IssueMailCode: { bearing, code, purpose: "sign_in", browser: "b" } };
    assert.equal((await world.object("ACCOUNT", account, asked)).status, 200);
    const alarm = await world.look("ACCOUNT", account, "alarm");
    assert.ok(alarm <= Date.now() + 600_000, `${alarm}`);
    const answer = async () => {
      const asked = { AnswerCode: { purpose: "sign_in", browser: "b", mac: "ac", email: null } };
      return (await world.object("ACCOUNT", account, asked)).json().AnswerCode.verdict;
    };
    await world.clock((issued + 599) * 1000);
    assert.deepEqual(await answer(), { wrong: { answers_left: 4 } });
    await world.clock((issued + 600) * 1000);
    assert.deepEqual(await answer(), { rejected: "expired" });
    await world.look("ACCOUNT", account, `INSERT INTO used_proof VALUES ('b', ${issued + 600})`);
    const rows = () =>
      world.look("ACCOUNT", account, "SELECT expires_at FROM challenge UNION ALL SELECT until FROM used_proof");
    assert.deepEqual(await rows(), [{ expires_at: issued + 600 }, { expires_at: issued + 600 }]);
    await world.look("ACCOUNT", account, "ring");
    assert.deepEqual(await rows(), []);
  });
});
