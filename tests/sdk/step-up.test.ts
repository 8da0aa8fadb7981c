// Step-up: an API that requires a more recent authentication, with the real client and vault before the fake service.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuthClient, RequiredStepUp } from "latchkey-auth";
import { fakeService } from "latchkey-auth/testing";
import { ADA, client, codeOf, PASSWORD, start, until } from "./fake-client.ts";

const stepUp = (acr: string) =>
  Response.json(
    { code: "step_up_required", status: 401, methods: ["totp"] },
    {
      status: 401,
      headers: {
        "Content-Type": "application/problem+json",
        "WWW-Authenticate": `Bearer error="insufficient_user_authentication", acr_values="${acr}", max_age="300"`,
      },
    },
  );

/** An API that requires `aal2` until the user has proved something since the last call of `again`. */
function steppingApi() {
  let proved = false;
  let calls = 0;
  const api = () => {
    calls += 1;
    return proved ? new Response("done") : stepUp("aal2");
  };
  const prove = () => {
    proved = true;
  };
  return { api, calls: () => calls, prove };
}

test("onStepUp: asked once for all calls, which are sent again when the user has proved a credential", async () => {
  const { api, prove } = steppingApi();
  const service = fakeService({ users: [ADA], api });
  const asked: RequiredStepUp[] = [];
  const auth: AuthClient = await client(service, {
    onStepUp: async (required: RequiredStepUp) => {
      asked.push(required);
      await auth.reauthenticate({ password: PASSWORD });
      prove();
    },
  });
  await auth.signIn(ADA);
  const body = () => new Request("https://app.example.com/api/pay", { method: "POST", body: "1" });
  const answers = await Promise.all([auth.fetch("/api/a"), auth.fetch(body()), auth.fetch("/api/c")]);
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ["done", "done", "done"]);
  assert.deepEqual(asked, [{ acr: "aal2", maxAge: 300, methods: ["totp"] }]);
});

test("onStepUp: a user who does not want to, a fault of the function, and an API that is never content end with the 401", async () => {
  const { api, calls } = steppingApi();
  const service = fakeService({ users: [ADA], api });
  let asked = 0;
  let act: () => Promise<unknown> = async () => {};
  const auth: AuthClient = await client(service, {
    onStepUp: async () => {
      asked += 1;
      await act();
    },
  });
  await auth.signIn(ADA);
  const answer = await auth.fetch("/api/a");
  assert.deepEqual([answer.status, (await answer.json()).code, asked], [401, "step_up_required", 1]);
  act = () => auth.reauthenticate({ password: PASSWORD });
  const before = calls();
  assert.equal((await auth.fetch("/api/a")).status, 401);
  assert.deepEqual([asked, calls() - before], [2, 3], "after the renewal, and once after the step-up");
});

test("onStepUp: a call whose body is a stream gets its 401, and a sign-out ends what waits", async () => {
  const { api } = steppingApi();
  const service = fakeService({ users: [ADA], api });
  let asked = 0;
  const auth: AuthClient = await client(service, {
    onStepUp: () => {
      asked += 1;
      return new Promise<void>(() => {});
    },
  });
  await auth.signIn(ADA);
  const stream = new ReadableStream({ start: (controller) => controller.close() });
  const init = { method: "POST", body: stream, duplex: "half" } as RequestInit;
  assert.deepEqual([(await auth.fetch("/api/a", init)).status, asked], [401, 0]);
  const waiting = codeOf(auth.fetch("/api/a"));
  await until(() => asked === 1);
  await auth.signOut();
  assert.equal(await waiting, "signed_out");
});

test("without onStepUp the 401 is returned", async () => {
  const { api } = steppingApi();
  const { auth } = await start({ api });
  await auth.signIn(ADA);
  assert.equal((await auth.fetch("/api/a")).status, 401);
});
