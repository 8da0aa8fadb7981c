// Passkeys in Chromium, with virtual authenticators of the DevTools protocol, and the real service. The page runs the
// ceremonies; the requests are made here, as a page would make them.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { decodeJwt } from "jose";
import type { Browser, CDPSession, Page } from "playwright-core";
import { launch } from "../harness/browser.ts";
import { assertProblem, assertTokenResponse, CHALLENGE_COOKIE as COOKIE } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { call, get, newEmail, PASSWORD } from "../harness/visitor.ts";
import { type Durable, ISSUER, person, startDurable } from "../worker/durable/world.ts";

/** The RP ID's own host is another one than that of the app. */
const RELATED = { service: "https://login.rp.test", app: "https://app.other.test", rpId: "rp.test" };

let [world, browser, wellKnown] = [] as unknown as [Durable, Browser, https.Server];

const challenge = (answer: Answer) =>
  answer.setCookies.find((cookie) => cookie.startsWith(`${COOKIE}=1`))?.split(";")[0] ?? "";

/** A page of one origin. Its content is empty. */
async function openPage(origin = ISSUER): Promise<Page> {
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await page.route(`${origin}/**`, (route) =>
    route.fulfill({ contentType: "text/html", body: '<title>Page</title><input autocomplete="username webauthn">' }),
  );
  await page.goto(`${origin}/`);
  return page;
}

/** A page with one authenticator, which makes passkeys that are backed up, without asking anyone. */
class Device {
  readonly page: Page;
  readonly devtools: CDPSession;
  authenticator = "";

  private constructor(page: Page, devtools: CDPSession) {
    this.page = page;
    this.devtools = devtools;
  }

  static async open(origin = ISSUER): Promise<Device> {
    const page = await openPage(origin);
    const device = new Device(page, await page.context().newCDPSession(page));
    await device.devtools.send("WebAuthn.enable");
    await device.attach("internal");
    return device;
  }

  /** Replaces the authenticator by another one. */
  async attach(transport: "internal" | "usb", isUserVerified = true): Promise<void> {
    const { devtools, authenticator: authenticatorId } = this;
    if (authenticatorId) await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    const added = await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        ...{ protocol: "ctap2", transport, hasResidentKey: true, hasUserVerification: true, isUserVerified },
        ...{ automaticPresenceSimulation: true, defaultBackupEligibility: transport === "internal" },
      },
    });
    this.authenticator = added.authenticatorId;
  }

  create(options: unknown) {
    return this.page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
        json as PublicKeyCredentialCreationOptionsJSON,
      );
      const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
      return credential.toJSON() as object;
    }, options);
  }

  get(options: unknown, mediation?: "conditional") {
    return this.page.evaluate(
      async ([json, how]) => {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
          json as PublicKeyCredentialRequestOptionsJSON,
        );
        const request = how ? { publicKey, mediation: how } : { publicKey };
        const credential = (await navigator.credentials.get(
          request as CredentialRequestOptions,
        )) as PublicKeyCredential;
        return credential.toJSON() as object;
      },
      [options, mediation] as const,
    );
  }
}

interface More {
  cookie?: string;
  token?: string;
}
const send = (path: string, body: unknown, more: More = {}, method = "POST", to = world, origin = ISSUER) =>
  call(to.origin, method, path, body, { headers: { Origin: origin }, ...more });

async function begin(path: string, body: unknown = {}, more: More = {}, to = world, origin = ISSUER) {
  const answer = await send(path, body, more, "POST", to, origin);
  assert.equal(answer.status, 200, answer.text);
  return { options: answer.json(), cookie: challenge(answer) || (more.cookie ?? "") };
}

async function signUp(device: Device, body: { email?: string } = {}) {
  const { options, cookie } = await begin("/auth/passkeys/options", body);
  const answer = await send("/auth/passkeys", { credential: await device.create(options) }, { cookie });
  return assertTokenResponse(answer, 201, 300);
}

async function signIn(device: Device, mediation?: "conditional") {
  const { options, cookie } = await begin("/auth/passkey/options");
  return send("/auth/passkey/sign-in", { credential: await device.get(options, mediation) }, { cookie });
}

async function add(device: Device, token: string) {
  const { options, cookie } = await begin("/auth/passkeys/options", {}, { token });
  const answer = await send("/auth/passkeys", { credential: await device.create(options) }, { token, cookie });
  assert.equal(answer.status, 201, answer.text);
  return answer.json().passkey;
}

/** RFC 6238, of an authenticator app. */
function totp(secret: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

before(async () => {
  world = await startDurable({ config: { passkeys: { rp_name: "Example" } } });
  const tool = new URL("../../tools/certificate.mjs", import.meta.url).href;
  const { localCertificate } = (await import(tool)) as {
    localCertificate(): Promise<{ keyPath: string; cert: string }>;
  };
  const { keyPath, cert } = await localCertificate();
  wellKnown = https.createServer({ key: await readFile(keyPath), cert }, (request, response) => {
    const origins = request.url === "/.well-known/webauthn" ? [RELATED.app] : [];
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ origins }));
  });
  await new Promise<void>((done) => wellKnown.listen(0, "127.0.0.1", done));
  const { port } = wellKnown.address() as AddressInfo;
  browser = await launch("--ignore-certificate-errors", `--host-resolver-rules=MAP rp.test:443 127.0.0.1:${port}`);
});
after(async () => {
  await browser?.close();
  await world?.stop();
  wellKnown?.close();
});

describe("in Chromium", () => {
  test("one ceremony signs up; later the browser offers the passkey, and signs in", async () => {
    const device = await Device.open();
    const email = newEmail();
    const { session, access_token: token } = await signUp(device, { email });
    assert.deepEqual([session.user.email, session.user.passkeys], [email, 1]);
    assert.deepEqual(decodeJwt(token).amr, ["swk", "user", "mfa"]);
    for (const mediation of [undefined, "conditional"] as const) {
      const again = assertTokenResponse(await signIn(device, mediation), 200, 300);
      assert.equal(again.session.user.id, session.user.id, mediation);
    }
  });

  test("several passkeys; no authenticator makes a second one; the last one stays", async () => {
    const device = await Device.open();
    const { access_token: token, session } = await signUp(device);
    const { options } = await begin("/auth/passkeys/options", {}, { token });
    await assert.rejects(device.create(options), /InvalidStateError/);
    await device.attach("usb");
    const key = await add(device, token);
    assert.equal(key.backed_up, false);
    const byKey = assertTokenResponse(await signIn(device), 200, 300);
    assert.equal(byKey.session.user.id, session.user.id);
    assert.deepEqual(decodeJwt(byKey.access_token).amr, ["hwk", "user", "mfa"]);
    const { passkeys } = (await get(world.origin, "/auth/passkeys", { token })).json();
    assert.equal(passkeys.length, 2);
    const remove = (id: string) => send(`/auth/passkeys/${id}`, undefined, { token }, "DELETE");
    assert.equal((await remove(key.id)).status, 204);
    assertProblem(await signIn(device), "invalid_credentials", { what: "the removed one" });
    assertProblem(await remove(passkeys[1].id), "last_credential");
  });

  test("a security key's counter rises with each use, and the service follows it", async () => {
    const device = await Device.open();
    await device.attach("usb");
    await signUp(device);
    for (let i = 0; i < 3; i += 1) assert.equal((await signIn(device)).status, 200);
    const { credentials } = await device.devtools.send("WebAuthn.getCredentials", {
      authenticatorId: device.authenticator,
    });
    assert.ok((credentials[0]?.signCount ?? 0) >= 4);
  });

  test("a user who is not verified, and one who closes the dialog, get nowhere", async () => {
    const device = await Device.open();
    await device.attach("internal", false);
    const { options } = await begin("/auth/passkeys/options");
    await assert.rejects(device.create({ ...options, timeout: 300 }), /NotAllowedError/);
    await device.attach("internal");
    const request = await begin("/auth/passkey/options");
    await assert.rejects(device.get({ ...request.options, timeout: 300 }), /NotAllowedError/, "no passkey fits");
  });

  test("as second factor after a password", async () => {
    const device = await Device.open();
    const ada = await person(world.origin);
    await add(device, ada.token);
    const { secret } = (await send("/auth/second-factor/totp", {}, { token: ada.token })).json();
    const confirmed = await send("/auth/second-factor/totp/confirm", { code: totp(secret) }, { token: ada.token });
    assert.equal(confirmed.status, 200, confirmed.text);
    const first = await send("/auth/sign-in", { email: ada.email, password: PASSWORD });
    assert.equal(first.status, 401);
    assert.deepEqual(first.json().methods, ["totp", "recovery_code", "passkey"]);
    const cookie = challenge(first);
    const { options } = await begin("/auth/passkey/options", {}, { cookie });
    const credential = await device.get(options);
    const proved = await send("/auth/second-factor", { credential }, { cookie });
    const { acr, amr } = decodeJwt(assertTokenResponse(proved, 200, 300).access_token);
    assert.deepEqual([acr, amr], ["aal2", ["pwd", "swk", "user", "mfa"]]);
    assert.equal((await send("/auth/second-factor", { credential }, { cookie })).status, 401, "once");
    // Another user's passkey is none of the account's.
    const eve = await Device.open();
    await signUp(eve);
    const second = challenge(await send("/auth/sign-in", { email: ada.email, password: PASSWORD }));
    const theirs = await begin("/auth/passkey/options", {}, { cookie: second });
    const wrong = await send("/auth/second-factor", { credential: await eve.get(theirs.options) }, { cookie: second });
    assertProblem(wrong, "code_invalid");
    // By itself a passkey is two factors.
    assert.equal((await signIn(device)).status, 200);
  });

  test("related origins: an app on another domain uses the passkeys of the RP ID, if the RP ID's host lists it", async (t) => {
    const related = await startDurable({
      config: {
        issuer: RELATED.service,
        allowed_origins: [RELATED.app],
        passkeys: { rp_id: RELATED.rpId, origins: [RELATED.app] },
      },
    });
    t.after(() => related.stop());
    const page = await Device.open(RELATED.app);
    const { options, cookie } = await begin("/auth/passkeys/options", {}, {}, related, RELATED.app);
    assert.equal(options.rp.id, RELATED.rpId);
    const credential = await page.create(options);
    const answer = await send("/auth/passkeys", { credential }, { cookie }, "POST", related, RELATED.app);
    assertTokenResponse(answer, 201, 300);
    const request = await begin("/auth/passkey/options", {}, {}, related, RELATED.app);
    const use = { credential: await page.get(request.options) };
    assert.equal(
      (await send("/auth/passkey/sign-in", use, { cookie: request.cookie }, "POST", related, RELATED.app)).status,
      200,
    );
    // A page that is not listed there gets nothing from the browser.
    const foreign = await Device.open("https://evil.test");
    await assert.rejects(foreign.create(options), /SecurityError/);
  });
});
