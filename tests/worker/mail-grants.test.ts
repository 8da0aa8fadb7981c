// The mail about an application that was given access: for each new access, on the consent page and for a device, to
// verified addresses only, and it delays and fails nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask } from "../harness/http.ts";
import { until } from "../harness/until.ts";
import { bearer, type Durable, ISSUER, type Person, person, startDurable } from "./durable/world.ts";
import { type Mailbox, startMailbox } from "./mail/mailbox.ts";
import { challenge, sender } from "./mail/user.ts";
import { CALLBACK, CONFIG, send } from "./oauth/world.ts";
import { answered, asked, form, request, submit } from "./oauth-pages/world.ts";

let [world, mailbox] = [] as unknown as [Durable, Mailbox];

before(async () => {
  mailbox = await startMailbox();
  const clients = {
    ...CONFIG.oauth.clients,
    own: { name: "Own", redirect_uris: [CALLBACK], scopes: ["notes:read"], first_party: true, dpop: false },
    odd: { name: "Notes <b>&", redirect_uris: [CALLBACK], scopes: ["notes:read"], dpop: false },
    tv: { name: "Television", dpop: false, grants: ["device_code"], scopes: ["notes:read"] },
  };
  const mail = { ...(mailbox.life.config?.mail as object), notify: ["access_granted", "new_browser"] };
  const config = { ...mailbox.life.config, ...CONFIG, oauth: { ...CONFIG.oauth, clients }, mail };
  world = await startDurable({ ...mailbox.life, config });
});
after(async () => {
  await world?.stop();
  await mailbox?.stop();
});

const post = sender(() => world);

/** A user who has verified the address. */
async function verified(): Promise<Person> {
  const user = await person(world.origin);
  const cookie = challenge(await post("/auth/email/verification", undefined, user));
  const answer = await post("/auth/email/verify", { code: mailbox.code(user.email) }, { ...user, cookie });
  assert.equal(answer.status, 200, answer.text);
  return user;
}

/** The mails to the user about access, the newest first. */
const told = (user: Person) => mailbox.to(user.email).filter(({ kind }) => kind === "access_granted");
const toldAbout = (user: Person, count: number) =>
  until(`${count} mails to ${user.email}`, () => (told(user).length === count ? told(user)[0] : undefined));

const requested = (user: Person, client_id: string, scope = "openid notes:read") =>
  asked(world.origin, request({ client_id, redirect_uri: CALLBACK, scope }), user.cookie);

/** The user is asked by the consent page, and allows it. */
async function allows(user: Person, client: string, scope?: string): Promise<void> {
  const page = form(await requested(user, client, scope));
  const answer = await submit(world.origin, page, { decision: "allow" }, user.cookie, { Origin: ISSUER });
  assert.ok(answered(answer, 303, CALLBACK).get("code"));
}

/** The client gets a code without asking the user. */
async function isNotAsked(user: Person, client: string): Promise<void> {
  assert.ok(answered(await requested(user, client), 302, CALLBACK).get("code"));
}

describe("the mail about an application that was given access", { concurrency: 1 }, () => {
  test("names it with its host, for a new and for wider access, and not for what was stored before", async () => {
    const user = await verified();
    await allows(user, "web");
    const mail = await toldAbout(user, 1);
    assert.match(
      mail.text,
      /^The client web \(client\.example\) was given access .* on \d{4}-\d\d-\d\d \d\d:\d\d UTC\./,
    );
    assert.match(mail.text, /withdraw the access/);
    assert.deepEqual([mail.client, mail.client_host, mail.code], ["The client web", "client.example", undefined]);
    await isNotAsked(user, "web");
    // A client of the deployer's own is not asked about, and there is nothing to tell.
    await isNotAsked(user, "own");
    await allows(user, "web", "openid notes:read notes:write");
    // The next mail shows that no other one was waiting before it.
    await toldAbout(user, 2);
    await allows(user, "web2");
    assert.equal((await toldAbout(user, 3)).client, "The client web2");
  });

  test("names a device's client, and shows no name as anything but text", async () => {
    const user = await verified();
    const begun = await send(world, "/oauth/device_authorization", { client_id: "tv", scope: "notes:read" });
    const enter = { action: "/oauth/device", fields: { user_code: begun.json().user_code } };
    const page = form(await submit(world.origin, enter, {}, user.cookie, { Origin: ISSUER }));
    const done = await submit(world.origin, page, { decision: "allow" }, user.cookie, { Origin: ISSUER });
    assert.equal(done.status, 200, done.text);
    const mail = await toldAbout(user, 1);
    assert.match(mail.text, /^Television was given access /);
    assert.equal(mail.client_host, undefined);
    await allows(user, "odd");
    const odd = await toldAbout(user, 2);
    assert.match(odd.text, /^Notes <b>& \(client\.example\) was given access /);
    assert.ok(odd.html.includes("Notes &lt;b&gt;&amp; (client.example)") && !odd.html.includes("<b>"), odd.html);
  });

  test("goes to verified addresses only, and is sent later if it can't be sent", async () => {
    const [user, unverified] = [await verified(), await person(world.origin)];
    mailbox.isDown = true;
    try {
      await allows(user, "web");
      await allows(unverified, "web");
    } finally {
      mailbox.isDown = false;
    }
    await toldAbout(user, 1);
    assert.deepEqual(mailbox.to(unverified.email), []);
  });

  test("check_44 a fault stores the access with its mail or neither", async () => {
    const user = await verified();
    for (const [i, kind] of (["refused", "lost"] as const).entries()) {
      const page = form(await requested(user, ["web", "web2"][i] ?? ""));
      const allow = () => submit(world.origin, page, { decision: "allow" }, user.cookie, { Origin: ISSUER });
      await world.fault({ on: "sql INSERT INTO delivery", kind });
      const answer = await allow();
      const steps = await world.seen();
      await world.fault(null);
      assert.ok(
        steps.some((step) => step.startsWith("sql INSERT INTO delivery")),
        steps.join("\n"),
      );
      assert.equal(answer.status, 503, answer.text);
      const { grants } = (await ask(world.origin, "/auth/grants", bearer(user.token))).json();
      assert.equal(grants.length, i, kind);
      assert.equal((await allow()).status, 303, "the request has not counted");
      await toldAbout(user, i + 1);
    }
  });
});
