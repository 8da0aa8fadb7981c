import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "./lines.ts";

const TOML = `name = "latchkey"
[vars.LATCHKEY]
issuer = "http://localhost:8787"

[[vars.LATCHKEY.routes]]
path = "/a"
[[vars.LATCHKEY.routes]]
path = "/b"
methods = ["GET"]

[env.production]
routes = [
  { pattern = "a.test" },
]
[env.production.vars.LATCHKEY]
"issuer" = "https://a.test"
keys.secret_bindings = ["S"]
[env.production.vars.LATCHKEY.upstreams."a.b"]
url = "https://b.test"
[[env.production.durable_objects.bindings]]
name = "ACCOUNT"
`;

for (const [path, line] of [
  ["vars.LATCHKEY", 2],
  ["vars.LATCHKEY.issuer", 3],
  ["vars.LATCHKEY.audience", 2],
  ["vars.LATCHKEY.routes[0].path", 6],
  ["vars.LATCHKEY.routes[1].path", 8],
  ["vars.LATCHKEY.routes[1].methods", 9],
  ["vars.LATCHKEY.routes[1].access", 7],
  ["env.production", 11],
  ["env.production.routes[0].pattern", 12],
  ["env.production.vars.LATCHKEY.issuer", 16],
  ["env.production.vars.LATCHKEY.keys.secret_bindings[0]", 17],
  ["env.production.durable_objects.bindings[0].class_name", 20],
  ["migrations", undefined],
] as const)
  test(`TOML: ${path} is in line ${line}`, () => {
    assert.equal(lineOf("wrangler.toml", TOML, path), line);
  });

test("JSON with comments: the line of the value, or of what contains it", () => {
  const text = `{
  // a comment
  "env": {
    "production": {
      "vars": { "LATCHKEY": {
        "issuer": "https://a.test",
        "routes": [
          { "path": "/a" },
          { "path": "/b", },
        ],
      } },
    },
  },
}`;
  const line = (path: string) => lineOf("wrangler.jsonc", text, path);
  assert.equal(line("env.production.vars.LATCHKEY.issuer"), 6);
  assert.equal(line("env.production.vars.LATCHKEY.routes[1].path"), 9);
  assert.equal(line("env.production.vars.LATCHKEY.routes[1].access"), 9);
  assert.equal(line("env.production.vars.LATCHKEY.audience"), 5);
  assert.equal(line("migrations"), undefined);
});
