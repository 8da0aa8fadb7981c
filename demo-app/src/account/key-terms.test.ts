import assert from "node:assert/strict";
import { test } from "node:test";
import { termsInWords, termsOf } from "./key-terms.ts";

const NOW = Date.UTC(2026, 10, 30, 12);

test("what the form says becomes the terms of the key", () => {
  const form = new FormData();
  for (const [name, value] of [
    ["name", "  Backup "],
    ["scope", "notes:read"],
    ["scope", "notes:write"],
    ["role", "editor"],
    ["lifetime", "30 days"],
    ["networks", "203.0.113.0/24, ::1"],
  ] as const)
    form.append(name, value);
  assert.deepEqual(termsOf(form), {
    ...{ name: "Backup", scopes: ["notes:read", "notes:write"], roles: ["editor"] },
    ...{ expiresIn: 2_592_000, networks: ["203.0.113.0/24", "::1"] },
  });
  const empty = termsOf(new FormData());
  assert.deepEqual(empty, { name: "", scopes: [], roles: [], expiresIn: null, networks: [] });
});

for (const [what, terms, words] of [
  [
    "the defaults of the form",
    { scopes: ["notes:read"], roles: [], expiresIn: 7_776_000, networks: [] },
    "A program with this key may read your notes. It may not add or remove notes. It works from every network. It expires on 28 February 2027.",
  ],
  [
    "all scopes, a role, a network",
    { scopes: ["notes:read", "notes:write"], roles: ["editor"], expiresIn: 604_800, networks: ["::1"] },
    "A program with this key may read your notes and add and remove notes. It also has your role editor, for as long as you do. It works only from ::1. It expires on 7 December 2026.",
  ],
  [
    "roles only, without expiry",
    { scopes: [], roles: ["admin", "editor"], expiresIn: null, networks: [] },
    "A program with this key may not read or change your notes. It also has your roles admin and editor, for as long as you do. It works from every network. It does not expire: it works until you revoke it.",
  ],
] as const) {
  test(`a key in words: ${what}`, () => assert.equal(termsInWords(terms, NOW).join(" "), words));
}
