// A provider that is down at each step, and a fault in each call and statement of a sign-in: nothing is left half done.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { until } from "../../harness/until.ts";
import {
  assertFailed,
  assertSignedIn,
  begin,
  comeBack,
  newBrowser,
  newUser,
  restarted,
  SESSION,
  signInAs,
  world,
} from "./world.ts";

afterEach(() => world.google.reset());

const down = (_: unknown, response: import("node:http").ServerResponse) => void response.writeHead(503).end();

describe("A provider that is down", () => {
  test("before the sign-in: the user returns to the app at once; a copy of the metadata is used for as long as it is fresh", async () => {
    await restarted();
    world.google.answer("metadata", down);
    const browser = newBrowser();
    const answer = await browser.navigate("/auth/providers/google/start?return_to=/home");
    assertFailed(browser, answer, "provider_failed");
    for (const metadata of [
      { issuer: "https://evil.example" },
      { token_endpoint: undefined },
      { token_endpoint: "http://192.0.2.1/token" },
      { authorization_endpoint: "javascript:alert(1)" },
    ]) {
      world.google.reset();
      world.google.is.metadata = metadata;
      const other = newBrowser();
      const refused = await other.navigate("/auth/providers/google/start?return_to=/home");
      assertFailed(other, refused, "provider_failed");
    }
    world.google.reset();
    const { browser: user, answer: back } = await signInAs(newUser());
    await assertSignedIn(user, back);
    world.google.answer("metadata", down);
    const again = await signInAs(newUser());
    await assertSignedIn(again.browser, again.answer);
  });

  test("at the token endpoint, at the key set: an error at the app's page, and the next attempt succeeds", async () => {
    for (const step of ["token", "jwks"] as const) {
      world.google.answer(step, down);
      // Without a copy of the keys.
      await restarted();
      const { browser, answer } = await signInAs(newUser());
      assertFailed(browser, answer, "provider_failed");
      world.google.reset();
      // A failed attempt to fetch keys is repeated after the cool-down, so this is another isolate.
      await restarted();
      const next = await signInAs(newUser());
      await assertSignedIn(next.browser, next.answer);
    }
  });
});

describe("A fault within the service", () => {
  test("in each call of a first sign-in: no session, and the same user can sign in afterwards to one account", async () => {
    const quiet = newBrowser();
    const page = await begin(quiet);
    await world.worker.fault({ at: 1_000_000, of: "call", kind: "refused" });
    await assertSignedIn(quiet, await comeBack(quiet, world.google.approve(page, newUser())));
    const calls = (await world.worker.seen()).filter((what) => what.startsWith("call")).length;
    assert.ok(calls >= 8, `${calls} calls`);
    for (let at = 0; at < calls; at += 1) {
      for (const kind of ["refused", "lost"] as const) {
        const [user, browser] = [newUser(), newBrowser()];
        const parameters = world.google.approve(await begin(browser), user);
        await world.worker.fault({ at, of: "call", kind });
        const answer = await comeBack(browser, parameters);
        await world.worker.fault(null);
        const error = new URL(answer.header("location") ?? "http://x").searchParams.get("error");
        // The answer of the first calls has no flow yet; a lost last answer has opened a session that no browser has.
        if (answer.status === 302 && error === null) assert.ok(browser.cookie(SESSION));
        else {
          assert.equal(browser.cookie(SESSION), undefined, `${at} ${kind}: ${answer.status} ${error}`);
          if (answer.status !== 302) assertProblem(answer, "unavailable");
          else assert.equal(error, "unavailable");
        }
        // The user tries again until whatever was left half done has been cleaned up or completed.
        let found: string[] = [];
        await until(`${at} ${kind}`, async () => {
          const next = await signInAs(user);
          const where = new URL(next.answer.header("location") ?? "http://x").searchParams.get("error");
          if (where !== null) return false;
          const { session } = await assertSignedIn(next.browser, next.answer);
          found = [...found, session.user.id];
          return true;
        });
        const again = await signInAs(user);
        const { session } = await assertSignedIn(again.browser, again.answer);
        assert.equal(session.user.id, found.at(-1), "one account");
      }
    }
  });
});
