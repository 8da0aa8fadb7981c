// The user's decisions about OAuth clients and devices, as scenarios in which every call fails once.
import assert from "node:assert/strict";
import type { Answer } from "../../harness/http.ts";
import { assertOAuthError, CALLBACK, send, tokens } from "../oauth/world.ts";
import { answered, asked, type Form, form, request, submit } from "../oauth-pages/world.ts";
import type { Scenario } from "./scenario.ts";
import { type Durable, ISSUER, type Person } from "./world.ts";

/** A client that runs on a device. */
export const TV = { name: "Television", dpop: false, grants: ["device_code"], scopes: ["notes:read"] };

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function oauthPageScenarios(world: () => Durable): Scenario[] {
  const forms = new Map<string, Form>();
  const devices = new Map<string, string>();
  const ask = (who: Person) => asked(world().origin, request({ client_id: "web", redirect_uri: CALLBACK }), who.cookie);
  const post = (page: Form, who: Person, more: Record<string, string>) =>
    submit(world().origin, page, more, who.cookie, { Origin: ISSUER });
  const allow = (who: Person) =>
    post(forms.get(who.session) ?? assert.fail("not prepared"), who, { decision: "allow" });
  const unavailable = (page: Answer, what: string) => {
    assert.deepEqual([page.status, page.header("retry-after")], [503, "1"], `${what}: ${page.text}`);
    assert.ok(page.text.includes("The service can&#39;t answer at the moment."), what);
  };
  const begin = async (who: Person) => {
    const answer = await send(world(), "/oauth/device_authorization", { client_id: "tv", scope: "notes:read" });
    const { user_code, device_code } = answer.json();
    devices.set(who.session, device_code);
    forms.set(
      who.session,
      form(await post({ action: "/oauth/device", fields: { user_code }, decisions: [] }, who, {})),
    );
  };
  const poll = (who: Person) =>
    send(world(), "/oauth/token", {
      ...{ grant_type: GRANT, client_id: "tv" },
      device_code: devices.get(who.session) ?? assert.fail("not prepared"),
    });

  return [
    {
      name: "consent given",
      unavailable,
      prepare: async ({ who }) => forms.set(who.session, form(await ask(who))),
      act: ({ who }) => allow(who),
      status: 303,
      after: async ({ who }, failed) => {
        const again = await allow(who);
        // The request counts once, also if the answer was lost.
        if (failed && again.status === 303) assert.ok(answered(again, 303, CALLBACK).get("code"));
        else assert.equal(again.status, 400, again.text);
        assert.ok(answered(await ask(who), 302, CALLBACK).get("code"), "it is remembered");
      },
    },
    {
      name: "a device's request approved",
      unavailable,
      prepare: ({ who }) => begin(who),
      act: ({ who }) => allow(who),
      status: 200,
      after: async ({ who }, failed) => {
        const again = await allow(who);
        assert.ok(again.status === 400 || (failed && again.status === 200), again.text);
        assert.ok(tokens(await poll(who)).access_token);
      },
    },
    {
      name: "a device's poll that gets tokens",
      unavailable: (answer, what) => assertOAuthError(answer, "temporarily_unavailable", 503, what),
      prepare: async ({ who }) => {
        await begin(who);
        assert.equal((await allow(who)).status, 200);
      },
      act: ({ who }) => poll(who),
      status: 200,
      after: async ({ who }, failed) => {
        const again = await poll(who);
        if (failed && again.status === 200) return;
        // A device that polls at once slows down; one whose answer arrived has used its code up.
        assert.ok(["slow_down", "invalid_grant"].includes(again.json().error), again.text);
      },
    },
  ];
}
