// For Jest as it is by default, and for node:test in a project without modules.
const assert = require("node:assert/strict");
const { check } = require("./check.cjs");

const test = globalThis.test ?? require("node:test").test;

test("every entry point with CommonJS can be loaded", () => {
  for (const entry of ["createClient", "isAuthError"]) assert.equal(typeof require("latchkey-auth")[entry], "function");
  assert.equal(typeof require("latchkey-auth/testing").fakeService, "function");
  assert.equal(typeof require("latchkey-auth/react").useAuth, "function");
  assert.equal(typeof require("latchkey-auth/vue").useAuth, "function");
});

test("the package, by require", () =>
  check(
    require("latchkey-auth"),
    require("latchkey-auth/testing"),
    require("latchkey-auth/react"),
    require("latchkey-auth/texts/en"),
    require("react"),
    require("react-dom/client"),
  ));
