// What sends mails: each adapter beside a server that accepts what the provider's API is published to accept, a Worker of
// the deployer's own, and Cloudflare's binding on wrangler's local runtime.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import PostalMime from "postal-mime";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { startStack } from "../harness/stack.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD, post } from "../harness/visitor.ts";
import { type Durable, fromOurPage, type Life, person, startDurable } from "./durable/world.ts";
import { startMailbox } from "./mail/mailbox.ts";
import { KEYS, type Provider, SES, startProvider } from "./mail/provider.ts";
import { challenge } from "./mail/user.ts";

const FROM = 'Köln & "Söhne" <no-reply@Döm.example>';
const REPLY_TO = "help@acme.example";
const SUBJECT = "Your code for Köln & Söhne";

let [world, provider] = [] as unknown as [Durable, Provider];

const mail = (adapter: string, more: Record<string, unknown> = {}) => ({
  ...{ adapter, from: FROM, reply_to: REPLY_TO, product: "Köln & Söhne", page: "/sign-in", ...more },
});
const life = (mail: Record<string, unknown>, over: Partial<Life> = {}): Life => ({
  config: { mail },
  secrets: KEYS,
  outbound: "OUTSIDE",
  beside: [
    {
      binding: "OUTSIDE",
      kind: "service",
      worker: new URL("mail/workers/outside.ts", import.meta.url),
      from: provider.listener.origin,
    },
  ],
  ...over,
});
const request = (email: string, language = "en") =>
  post(
    world.origin,
    "/auth/email/code",
    { email },
    {
      headers: { ...fromOurPage.headers, "Accept-Language": language },
    },
  );

/** The request that one mail causes. */
async function sent(email: string, language?: string) {
  provider.asked.length = 0;
  const answer = await request(email, language);
  assert.equal(answer.status, 202, `${answer.text}\n${world.logs().slice(-1500)}`);
  assert.equal(provider.asked.length, 1);
  const [asked] = provider.asked;
  if (!asked) throw new Error("nothing was sent");
  return { ...asked, json: JSON.parse(asked.body) };
}

const CODE = /^ {4}([B-Z]{4}-[B-Z]{4})$/m;

/** A message, as an independent parser reads it. */
async function assertMessage(message: string | Uint8Array, to: string) {
  const parsed = await PostalMime.parse(message);
  assert.deepEqual(parsed.from, { address: "no-reply@xn--dm-fka.example", name: 'Köln & "Söhne"' });
  assert.deepEqual(
    parsed.to?.map(({ address }) => address),
    [to],
  );
  assert.deepEqual(
    parsed.replyTo?.map(({ address }) => address),
    [REPLY_TO],
  );
  assert.equal(parsed.subject, SUBJECT);
  assert.ok(Math.abs(Date.parse(parsed.date ?? "") - Date.now()) < 60_000, parsed.date);
  assert.match(parsed.messageId ?? "", /^<[\w-]{22,}@[^>]+>$/);
  const header = (key: string) => parsed.headers.filter((each) => each.key === key).map(({ value }) => value);
  assert.deepEqual(header("auto-submitted"), ["auto-generated"]);
  assert.deepEqual(header("content-language"), ["en"]);
  assert.deepEqual(header("bcc"), []);
  assert.match(parsed.text ?? "", CODE);
  const [, code] = CODE.exec(parsed.text ?? "") ?? [];
  assert.ok(code && parsed.html?.includes(code), "both parts have the code");
  return parsed;
}

before(async () => {
  provider = await startProvider();
  world = await startDurable(life(mail("resend", { secret_binding: "resend" })));
});
after(async () => {
  await world?.stop();
  await provider?.listener.stop();
});

describe("adapters", { concurrency: 1 }, () => {
  test("Resend", async () => {
    const { json, headers } = await sent("Ada@Döm.example");
    assert.deepEqual(json.to, ["ada@xn--dm-fka.example"], "as mail servers look the domain up");
    assert.equal(json.from, '"Köln & \\"Söhne\\"" <no-reply@xn--dm-fka.example>');
    assert.equal(json.reply_to, REPLY_TO);
    assert.equal(json.subject, SUBJECT);
    assert.match(json.text, CODE);
    assert.equal(json.headers["Auto-Submitted"], "auto-generated");
    for (const name of ["cookie", "latchkey-client", "origin"]) assert.equal(headers[name], undefined, name);
  });

  test("a code is in the language that the request prefers", async () => {
    for (const [language, expected] of [
      ["de-CH, en;q=0.5", "de"],
      ["ja", "ja"],
      ["it, es;q=0.1", "es"],
      ["it", "en"],
      ["fr\u00e9", "en"],
    ] as const) {
      const { json } = await sent(newEmail(), language);
      assert.match(json.html, new RegExp(`<html lang="${expected}">`), language);
    }
  });

  test("what the provider rejects, what is late and what is no answer is mail_unavailable; the log has no address and no code", async () => {
    const answers: [Provider["instead"], RegExp][] = [
      [{ status: 422, body: { name: "validation_error", message: "ada@example.com" } }, /status 422, validation_error/],
      [{ status: 429, body: { name: "rate_limit_exceeded" } }, /status 429, rate_limit_exceeded/],
      [{ status: 500, body: "<html>" }, /status 500/],
      [{ status: 302, body: {} }, /status 302/],
      [{ status: 200, body: "x".repeat(17 * 1024) }, /longer than 16 KiB/],
    ];
    const email = newEmail();
    for (const [instead, cause] of answers) {
      provider.instead = instead;
      const answer = await request(email);
      provider.instead = undefined;
      assertProblem(answer, "mail_unavailable", { what: String(cause) });
      assert.ok(Number(answer.header("retry-after")) > 0);
      await until(`the log has ${cause}`, () => cause.test(world.logs()));
    }
    const codes = provider.asked.map(({ body }) => CODE.exec(JSON.parse(body).text)?.[1] ?? "");
    for (const secret of [email, KEYS.resend, ...codes]) assert.ok(!world.logs().includes(secret), "in the log");
  });

  test("a provider that does not answer is mail_unavailable in time; a key of another account is, too", async () => {
    await world.start(life(mail("resend", { secret_binding: "resend", timeout_ms: 300 })));
    provider.instead = "hang";
    // The default is 5 s. A busy machine may make one answer late, and not each of them.
    await until("an answer in less than the default time", async () => {
      const began = Date.now();
      assertProblem(await request(newEmail()), "mail_unavailable");
      return Date.now() - began < 5000;
    });
    provider.instead = undefined;
    await world.start(life(mail("resend", { secret_binding: "postmark" })));
    assertProblem(await request(newEmail()), "mail_unavailable");
    await until("the log has the cause", () => /status 401, missing_api_key/.test(world.logs()));
  });

  test("a response of the provider that is lost: the code that has arrived is of no use, and the next one is", async () => {
    await world.start(life(mail("resend", { secret_binding: "resend" })));
    const email = newEmail();
    provider.asked.length = 0;
    provider.instead = "lost";
    const lost = await request(email);
    provider.instead = undefined;
    assertProblem(lost, "mail_unavailable");
    assert.ok(Number(lost.header("retry-after")) > 0);
    assert.deepEqual(lost.setCookies, []);
    const cookie = challenge(await request(email));
    const [first, second] = provider.asked;
    const codeOf = (asked = first) => CODE.exec(JSON.parse(asked?.body ?? "{}").text)?.[1];
    assert.equal(provider.asked.length, 2);
    assert.notEqual(first?.headers["idempotency-key"], second?.headers["idempotency-key"], "two different mails");
    const verify = (code?: string) =>
      post(world.origin, "/auth/email/code/verify", { email, code }, { ...fromOurPage, cookie });
    assertProblem(await verify(codeOf(first)), "code_invalid");
    assert.equal((await verify(codeOf(second))).status, 201);
  });

  test("a notification whose confirmation is lost is sent again under the same id, until one is confirmed", async () => {
    await world.start(life(mail("resend", { secret_binding: "resend", notify: ["password_changed"] })));
    const user = await person(world.origin);
    provider.asked.length = 0;
    const cookie = challenge(
      await post(world.origin, "/auth/email/verification", undefined, { ...fromOurPage, ...user }),
    );
    const [code = ""] = provider.asked.map(({ body }) => CODE.exec(JSON.parse(body).text)?.[1]);
    const verified = await post(world.origin, "/auth/email/verify", { code }, { ...fromOurPage, ...user, cookie });
    assert.equal(verified.status, 200, verified.text);
    provider.asked.length = 0;
    provider.instead = "lost";
    const password = { current_password: PASSWORD, new_password: "another password of theirs" };
    const changed = await post(world.origin, "/auth/password", password, { ...fromOurPage, ...user });
    assert.equal(changed.status, 200, changed.text);
    await until("the first attempt", () => provider.asked.length === 1);
    const id = cookie.split(".")[1] ?? "";
    const waiting = async () =>
      (await world.look("ACCOUNT", id, "SELECT attempts FROM delivery")) as { attempts: number }[];
    await until("the failure is stored", async () => (await waiting())[0]?.attempts === 1);
    provider.instead = undefined;
    await world.clock(Date.now() + 60_000);
    await world.look("ACCOUNT", id, "ring");
    await until("the second attempt is confirmed", async () => (await waiting()).length === 0);
    await world.clock(Date.now() + 600_000);
    await world.look("ACCOUNT", id, "ring");
    await world.clock(null);
    const [first, second, ...more] = provider.asked;
    assert.deepEqual(more, []);
    assert.ok(first?.headers["idempotency-key"]);
    assert.equal(
      second?.headers["idempotency-key"],
      first?.headers["idempotency-key"],
      "the provider drops the second",
    );
    assert.equal(second?.body, first?.body);
  });

  test("Postmark", async () => {
    await world.start(life(mail("postmark", { secret_binding: "postmark" })));
    const { json } = await sent("ada@example.com");
    assert.equal(json.To, "ada@example.com");
    assert.deepEqual([json.Subject, json.ReplyTo, json.MessageStream], [SUBJECT, REPLY_TO, "outbound"]);
    assert.match(json.TextBody, CODE);
    provider.instead = { status: 422, body: { ErrorCode: 406, Message: "ada@example.com is inactive" } };
    assertProblem(await request("ada@example.com"), "mail_unavailable");
    provider.instead = undefined;
    await until("the log has the error", () => /status 422, 406"/.test(world.logs()));
  });

  test("Amazon SES, with a signature of version 4 and a complete message", async () => {
    await world.start(life(mail("ses", { secret_binding: "ses", ...SES })));
    const { json } = await sent("ada@example.com");
    assert.deepEqual(json.Destination, { ToAddresses: ["ada@example.com"] });
    assert.equal(json.FromEmailAddress, "no-reply@xn--dm-fka.example");
    const message = Buffer.from(json.Content.Raw.Data, "base64").toString("latin1");
    for (const line of message.split("\r\n")) {
      assert.match(line, /^[\t -~]*$/, "ASCII only");
      assert.ok(line.length <= 120, line);
    }
    await assertMessage(message, "ada@example.com");
    await world.start(life(mail("ses", { secret_binding: "resend", ...SES })));
    assertProblem(await request("ada@example.com"), "mail_unavailable");
    await until("the log has the error", () => /status 403, SignatureDoesNotMatch/.test(world.logs()));
  });

  test("no address of a request changes the message: it is one recipient, and one line", async () => {
    await world.start(life(mail("ses", { secret_binding: "ses", ...SES })));
    for (const email of [
      "a@b.example\r\nBcc: eve@evil.example",
      "a@b.example, eve@evil.example",
      "a@b.example>\r\n\r\nbody",
      '"a\r\nBcc: x"@b.example',
      "<eve@evil.example>",
      "a@b.example\0",
    ]) {
      assertProblem(await request(email), "invalid_request", { field: "email" });
    }
    const { json } = await sent("!#$%&'*+/=?^_`{|}~-x@b.example");
    const message = Buffer.from(json.Content.Raw.Data, "base64").toString("latin1");
    await assertMessage(message, "!#$%&'*+/=?^_`{|}~-x@b.example");
  });

  test("a Worker of the deployer's own, with the deployer's texts", async (t) => {
    const mailbox = await startMailbox();
    t.after(() => mailbox.stop());
    const texts = {
      en: { sign_up_subject: "Welcome to {product}", code_note: "Soon." },
      it: { sign_up_body: "Ciao!" },
    };
    const own = { ...(mailbox.life.config?.mail as Record<string, unknown>), product: "Acme", texts };
    await world.stop();
    world = await startDurable({ ...mailbox.life, config: { mail: own } });
    const email = newEmail();
    assert.equal((await request(email, "it")).status, 202);
    assert.equal((await request(email)).status, 202);
    const [english, italian] = mailbox.to(email);
    const { code, text } = english ?? {};
    assert.deepEqual(
      { ...english, text: "", id: "", at: 0, html: "" },
      {
        ...{ id: "", to: email, kind: "sign_up", locale: "en", product: "Acme", at: 0, subject: "Welcome to Acme" },
        ...{ code, link: `http://localhost:8787/code#kind=sign_up&code=${code?.replace("-", "")}`, text: "", html: "" },
      },
    );
    assert.match(text ?? "", /Soon\./);
    assert.match(italian?.text ?? "", /^Ciao!\n/);
    assert.equal(italian?.locale, "it");
  });
});

describe("Cloudflare's binding", () => {
  test("on wrangler's local runtime: the message that it stores is whole", async (t) => {
    const cloudflare = { ...mail("cloudflare"), service: undefined, path: undefined };
    const stack = await startStack({ config: { mail: cloudflare } });
    t.after(() => stack.stop());
    const email = newEmail();
    const send = () => post(stack.origin, "/auth/email/code", { email });
    assert.equal((await send()).status, 202, stack.logs().slice(-2000));
    const path = await until("wrangler says where the mail is", () => /^Email: (.*\.eml)$/m.exec(stack.logs())?.[1]);
    await assertMessage(await readFile(path), email);
    // The mailbox of the demo is another adapter's.
    const listed = await ask(stack.origin, `/mailbox/messages?to=${email}`);
    assert.deepEqual(listed.json(), { messages: [] });
  });

  test("the demo's mailbox has the mails of the service, the newest first, and no one else delivers there", async (t) => {
    const stack = await startStack();
    t.after(() => stack.stop());
    const [ada, bob] = [newEmail(), newEmail()];
    for (const email of [ada, bob, ada])
      assert.equal((await post(stack.origin, "/auth/email/code", { email })).status, 202);
    const messages = async (query: string) => {
      const answer = await ask(stack.origin, `/mailbox/messages${query}`);
      assert.equal(answer.header("cache-control"), "private, no-store");
      return (answer.json() as { messages: { to: string; code: string; kind: string; at: number }[] }).messages;
    };
    const all = await messages("");
    assert.deepEqual(
      all.map(({ to }) => to),
      [ada, bob, ada],
    );
    const hers = await messages(`?to=${encodeURIComponent(ada.toUpperCase())}`);
    assert.equal(hers.length, 2);
    assert.deepEqual(hers[0], all[0]);
    assert.deepEqual(Object.keys(hers[0] ?? {}).sort(), ["at", "code", "kind", "link", "subject", "text", "to"]);
    assert.deepEqual(await messages("?to=nobody@example.com"), []);
    const page = await ask(stack.origin, "/mailbox");
    assert.deepEqual([page.status, page.header("content-type")], [200, "text/html; charset=utf-8"]);
    for (const path of ["/mailbox/deliver", "/mailbox/messages"])
      assert.ok((await ask(stack.origin, path, { method: "POST", body: "{}" })).status >= 400, path);
    assert.equal((await messages("")).length, 3);
  });

  test("a Worker that is not the demo has no mailbox", async () => {
    for (const path of ["/mailbox", "/mailbox/messages", "/mailbox/messages?to=a@b.example", "/mailbox/deliver"])
      assert.equal((await ask(world.origin, path)).status, 404, path);
  });
});
