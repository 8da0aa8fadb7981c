import assert from "node:assert/strict";
import { test } from "node:test";
import { Mistake } from "../mistake.ts";
import { latchkeyOf, parseConfig } from "../wrangler-config.ts";
import { namedSecrets } from "./named.ts";
import { plan, type Wanted } from "./plan.ts";
import { LOCAL_SECRETS, namesIn, withIgnored, withValues } from "./secret-file.ts";

const LATCHKEY = {
  keys: { secret_bindings: ["SEAL", "OLD_SEAL"] },
  upstreams: {
    api: { url: "https://api.acme.dev", secret_binding: "GATE" },
    same: { url: "https://b.acme.dev", secret_binding: "GATE" },
    page: { service: "ASSETS" },
  },
  sign_in: { elsewhere: { url: "https://users.acme.dev", secret_binding: "USERS" } },
  issuers: { legacy: { secret_binding: "LEGACY" } },
  hooks: { service: "HOOKS", secret_binding: "HOOKS_SECRET" },
  mail: { adapter: "resend", secret_binding: "MAIL_KEY" },
  providers: { google: { client_secret_binding: "GOOGLE" }, public: { client_id: "c" } },
};
const named = namedSecrets(LATCHKEY);
const wanted = (changes: Partial<Wanted> = {}): Wanted => ({
  ...{ named, name: undefined, existing: [], local: false, copied: true, ifMissing: false },
  ...changes,
});
const created = (changes: Partial<Wanted>) => plan(wanted(changes)).create.map(({ binding }) => binding);
const fails = (changes: Partial<Wanted>, message: RegExp) =>
  assert.throws(
    () => plan(wanted(changes)),
    (error) => error instanceof Mistake && message.test(error.message),
  );

test("every key that names a secret is found, each secret once", () => {
  assert.deepEqual(
    named.map(({ binding, purpose }) => [binding, purpose]),
    [
      ["SEAL", "sealing"],
      ["OLD_SEAL", "sealing"],
      ["GATE", "proof"],
      ["USERS", "proof"],
      ["LEGACY", "issuer"],
      ["GOOGLE", "provider"],
      ["HOOKS_SECRET", "hook"],
      ["MAIL_KEY", "provider"],
    ],
  );
  assert.equal(named[2]?.key, "upstreams.api.secret_binding");
  assert.deepEqual(namedSecrets({ keys: { secret_bindings: "SEAL" }, upstreams: [], issuers: { x: null } }), []);
});

test("missing secrets are created, existing ones never", () => {
  assert.deepEqual(created({}), ["SEAL", "OLD_SEAL", "GATE", "USERS", "HOOKS_SECRET"]);
  assert.deepEqual(created({ existing: ["SEAL", "GATE"] }), ["OLD_SEAL", "USERS", "HOOKS_SECRET"]);
  assert.deepEqual(created({ name: "GATE" }), ["GATE"]);
  assert.deepEqual(created({ name: "LEGACY" }), ["LEGACY"]);
  assert.deepEqual(created({ local: true }), ["SEAL", "OLD_SEAL", "GATE", "USERS", "LEGACY", "HOOKS_SECRET"]);
  const all = ["SEAL", "OLD_SEAL", "GATE", "USERS", "HOOKS_SECRET"];
  fails(
    { existing: all },
    /^Nothing was changed.*\n.*SEAL \(keys\.secret_bindings\[0\]\): without it the Worker cannot decrypt/,
  );
  assert.deepEqual(created({ existing: all, ifMissing: true }), []);
  fails({ name: "SEAL", existing: ["SEAL"] }, /all keys and all sessions are lost/);
});

test("an issuer's secret is left to the issuer, with a note", () => {
  const notes = ({ notes }: ReturnType<typeof plan>) => notes.filter((note) => note.startsWith("issuers."));
  assert.deepEqual(
    notes(plan(wanted())).map((note) => note.split(":")[0]),
    ["issuers.legacy.secret_binding"],
  );
  assert.deepEqual(notes(plan(wanted({ existing: ["LEGACY"] }))), []);
  assert.deepEqual(plan(wanted({ name: "SEAL" })).notes, []);
});

test("a provider's secret is never created, because the provider gives it away", () => {
  const key = "providers.google.client_secret_binding";
  const rest = { named: named.filter(({ purpose }) => ["sealing", "provider"].includes(purpose)) };
  const google = { ...rest, existing: ["MAIL_KEY"] };
  assert.deepEqual(plan(wanted(google)).notes, [
    `${key}: GOOGLE is not created, because the provider gives it to you. Store it with: npx wrangler secret put GOOGLE`,
  ]);
  assert.deepEqual(plan(wanted({ ...google, local: true })).notes, [
    `${key}: GOOGLE is not created, because the provider gives it to you. Add it to .dev.vars: GOOGLE="…"`,
  ]);
  assert.deepEqual(plan(wanted({ ...rest, existing: ["GOOGLE", "MAIL_KEY"] })).notes, []);
  assert.match(
    plan(wanted({ ...rest, existing: ["GOOGLE"] })).notes.join(),
    /^mail\.secret_binding: MAIL_KEY is not created/,
  );
  fails({ name: "GOOGLE" }, /^providers\.google\.client_secret_binding: GOOGLE is not created/);
});

test("a secret that another server needs is not created without a copy", () => {
  fails({ copied: false }, /^upstreams\.api\.secret_binding: GATE is shared with another server.*--out FILE/);
  assert.deepEqual(created({ copied: false, name: "SEAL" }), ["SEAL"]);
});

test("unknown names and a configuration without a sealing secret are errors", () => {
  fails({ name: "OTHER" }, /^found OTHER, expected one of the secrets that LATCHKEY names: SEAL \(keys/);
  fails({ named: [], name: "OTHER" }, /it names none/);
  fails({ named: [] }, /^LATCHKEY\.keys\.secret_bindings: found none/);
  assert.deepEqual(created({ named: [], local: true, ifMissing: true }), []);
});

test("lines are added to a file of secrets without changing others", () => {
  const text = 'A=1\n# B=2\nexport C = "3"\nD=\nE=""\n  F=\'x\'';
  assert.deepEqual(namesIn(text), ["A", "C", "F"]);
  const after = withValues(text, [["G", "q+/="]]);
  assert.equal(after, `${text}\nG="q+/="\n`);
  assert.deepEqual(namesIn(after), ["A", "C", "F", "G"]);
  assert.equal(withValues("", [["G", "x"]]), 'G="x"\n');
  assert.equal(withValues("A=1\r\n", [["G", "x"]]), 'A=1\r\nG="x"\r\n');
});

test("the pattern is added to .gitignore once", () => {
  const withLocal = (text: string) => withIgnored(text, LOCAL_SECRETS);
  assert.equal(withLocal(""), ".dev.vars*\n");
  assert.equal(withLocal("dist"), "dist\n.dev.vars*\n");
  for (const text of ["dist\n.dev.vars*\n", "/.dev.vars*\r\ndist\r\n"]) assert.equal(withLocal(text), text);
});

test("the configuration is read from TOML, JSON with comments, and a variable that is a JSON string", () => {
  const at = (name: string, text: string) => ({ path: `/${name}`, name, content: parseConfig(name, text) });
  const toml = at(
    "wrangler.toml",
    '[vars.LATCHKEY]\nissuer = "a"\n[env.production.vars]\nLATCHKEY = \'{"issuer":"b"}\'',
  );
  assert.deepEqual({ ...latchkeyOf(toml, "") }, { issuer: "a" });
  assert.deepEqual(latchkeyOf(toml, "production"), { issuer: "b" });
  const json = at(
    "wrangler.jsonc",
    '{ // x\n "env": { "production": { "vars": { "LATCHKEY": { "issuer": "c" }, }, }, }, }',
  );
  assert.deepEqual(latchkeyOf(json, "production"), { issuer: "c" });
  assert.throws(() => latchkeyOf(toml, "staging"), /found the environments production, expected \[env\.staging\]/);
  assert.throws(() => latchkeyOf(json, ""), /found no table vars\.LATCHKEY in the top level/);
  assert.throws(() => parseConfig("wrangler.json", '{\n"a": }'), /wrangler\.json:2: found invalid JSON/);
});
