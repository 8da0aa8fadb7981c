// What every test runner has to be able to do with the package. CommonJS, so that both kinds of modules can load it.
const assert = require("node:assert/strict");

// jest-environment-jsdom hides fetch and its classes from tests; in Node they are there.
const Answer = globalThis.Response ?? require("node:vm").runInThisContext("Response");
const PASSWORD = "correct horse battery staple";

/**
 * @param {typeof import("latchkey-auth")} latchkey
 * @param {typeof import("latchkey-auth/testing")} testing
 * @param {typeof import("latchkey-auth/react")} adapter
 * @param {typeof import("latchkey-auth/texts/en")} language
 * @param {typeof import("react")} react
 * @param {typeof import("react-dom/client")} dom
 */
exports.check = async (latchkey, testing, adapter, language, react, dom) => {
  const service = testing.fakeService({
    users: [{ email: "ada@example.com" }],
    api: async (request) => new Answer(await request.text()),
  });
  const auth = await service.createClient();
  const wrong = await auth.signIn({ email: "ada@example.com", password: "wrong" }).catch((error) => error);
  assert.ok(latchkey.isAuthError(wrong));
  assert.ok(wrong instanceof latchkey.AuthError, "one class of errors for all entry points");
  assert.equal(wrong.code, "invalid_credentials");
  assert.ok(!latchkey.isAuthError(Object.assign(new Error("another"), { name: "AuthError" })));

  await auth.signIn({ email: "ada@example.com", password: PASSWORD });
  const { signal } = new AbortController();
  const response = await auth.fetch("/api/echo", { method: "POST", body: "hello", signal });
  assert.equal(await response.text(), "hello");

  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const Who = () => adapter.useSession()?.user.email ?? "nobody";
  const root = dom.createRoot(document.body.appendChild(document.createElement("main")));
  await react.act(() =>
    root.render(react.createElement(adapter.AuthProvider, { client: auth }, react.createElement(Who))),
  );
  assert.equal(document.querySelector("main").textContent, "ada@example.com");
  await react.act(() => auth.signOut());
  assert.equal(document.querySelector("main").textContent, "nobody");

  const form = react.createElement(adapter.SignIn, { texts: language.en });
  await react.act(() => root.render(react.createElement(adapter.AuthProvider, { client: auth }, form)));
  await submit(react, "wrong", ({ textContent }) => textContent.includes(language.en.errors.invalid_credentials));
  await submit(react, PASSWORD, ({ innerHTML }) => innerHTML === "");
  assert.equal(auth.session?.user.email, "ada@example.com");
  await react.act(() => root.unmount());

  await checkWays(testing);
  await checkTime(testing);

  // There is no vault in a test runner. The error says what to use, and that trying again is of no use.
  const none = await latchkey.createClient({ service: "https://app.example.com" }).catch((error) => error);
  assert.deepEqual([none.code, none.transient], ["vault_unavailable", false], none.message);
  assert.match(none.message, /latchkey-auth\/testing/);
};

/** What the fake computes itself: codes of authenticator apps, and signatures of passkeys. */
async function checkWays({ fakeService }) {
  const email = "ada@example.com";
  const users = [{ email, emailVerified: true, totp: true }];
  const service = fakeService({ users, mail: true, passkeys: true });
  const auth = await service.createClient();
  await auth.email.sendCode({ email });
  const asked = await auth.email.verifyCode({ email, code: service.mails[0].code });
  assert.equal(asked.status, "second-factor");
  await auth.secondFactor.verify({ code: service.totpCode(email) });
  await auth.passkeys.add({ name: "Laptop" });
  await auth.signOut();
  assert.equal((await auth.passkeys.signIn()).status, "signed-in");
}

/** Time that is skipped needs a turn of the event loop that no test environment replaces. */
async function checkTime({ fakeService }) {
  const service = fakeService({ users: [{ email: "ada@example.com" }] });
  service.openSession("ada@example.com");
  const auth = await service.createClient();
  await service.skip(600);
  assert.deepEqual([auth.status, auth.tokenClock.refreshes], ["signed-in", 3]);
  await service.sleep(7 * 86_400);
  assert.deepEqual([auth.status, auth.lastError?.reason], ["signed-out", "idle"]);
}

/** Submits the form, and waits until the page is as expected. */
async function submit(react, password, isExpected) {
  document.querySelector("[name=email]").value = "ada@example.com";
  document.querySelector("[name=password]").value = password;
  await react.act(async () => document.querySelector("[part=submit]").click());
  const main = document.querySelector("main");
  for (const end = Date.now() + 5000; !isExpected(main); ) {
    assert.ok(Date.now() < end, main.innerHTML);
    await react.act(() => new Promise((done) => setTimeout(done, 10)));
  }
}
