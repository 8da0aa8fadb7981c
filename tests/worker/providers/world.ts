// The Worker with several providers: two that a test controls, a fake GitHub and a fake Apple.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import type { Answer } from "../../harness/http.ts";
import { newCredential, type Operator, operator } from "../../harness/operator.ts";
import { call, newEmail, post, type Visitor } from "../../harness/visitor.ts";
import { type Durable, fromOurPage, ISSUER, type Life, startDurable } from "../durable/world.ts";
import { Browser, type Cause } from "./browser.ts";
import { type FakeApple, startFakeApple } from "./fake-apple.ts";
import { type FakeGitHub, startFakeGitHub } from "./fake-github.ts";
import { CLIENT, type FakeProvider, startFakeProvider, type User } from "./fake-provider.ts";
import { type Independent, startIndependent, startMock } from "./independent.ts";

export const SESSION = "__Host-Http-latchkey";
export const FLOWS = "__Host-Http-latchkey-provider";
export const APP = "http://localhost:5173";

const admin = newCredential();

export interface World {
  worker: Durable;
  google: FakeProvider;
  other: FakeProvider;
  github: FakeGitHub;
  apple: FakeApple;
  independent: Independent;
  mock: Awaited<ReturnType<typeof startMock>>;
  program: Operator;
}

/** Filled before the tests of the file run. */
export const world = {} as World;

let life: Life;

before(async () => {
  const [google, other, github, apple, independent, mock] = await Promise.all([
    startFakeProvider(),
    startFakeProvider(),
    startFakeGitHub(),
    startFakeApple(),
    startIndependent("independent"),
    startMock(),
  ]);
  life = {
    config: {
      sign_up: "open",
      admin_credentials: [admin.hash],
      keys: { secret_bindings: ["SEALING"] },
      reauthentication: 600,
      providers: {
        google: { ...openid(google), label: "Google", keep_tokens: true },
        other: openid(other),
        github: { kind: "github", issuer: github.origin, client_id: "gh", client_secret_binding: "GITHUB" },
        independent: {
          issuer: independent.issuer,
          client_id: independent.client.client_id,
          client_secret_binding: "INDEPENDENT",
        },
        mock: { issuer: mock.issuer.url, client_id: "any" },
        apple: { kind: "apple", issuer: apple.issuer, ...apple.client, client_secret_binding: "APPLE" },
      },
    },
    secrets: {
      SEALING: randomBytes(32).toString("hex"),
      FAKE: CLIENT.secret,
      INDEPENDENT: independent.client.client_secret,
      GITHUB: github.secret,
      APPLE: apple.privateKey,
    },
    reachesLoopback: true,
  };
  const worker = await startDurable(life);
  Object.assign(world, {
    worker,
    google,
    other,
    github,
    apple,
    independent,
    mock,
    program: operator(worker.origin, admin.secret),
  });
});
after(async () => {
  await world.worker?.stop();
  await Promise.all(
    [world.google, world.other, world.github, world.apple, world.independent, world.mock].map((each) => each?.stop()),
  );
});

const openid = ({ issuer }: FakeProvider) => ({
  issuer,
  client_id: CLIENT.id,
  client_secret_binding: "FAKE",
});

/** Starts the Worker again with this in its configuration, so that it forgets what it has cached. */
export async function restarted(config: Record<string, unknown> = {}): Promise<void> {
  await world.worker.start({ ...life, config: { ...life.config, ...config } });
  world.program = operator(world.worker.origin, admin.secret);
}

let count = 0;

/** A user of a provider whose address the provider has verified. */
export const newUser = (over: Partial<User> = {}): User => {
  count += 1;
  return { sub: `user-${count}`, email: newEmail(), email_verified: true, ...over };
};

export const newBrowser = () => new Browser(world.worker.origin);

/** Begins a sign-in. Returns the address of the provider's page. */
export async function begin(browser: Browser, name = "google", query = "return_to=/home"): Promise<string> {
  const answer = await browser.navigate(`/auth/providers/${name}/start?${query}`);
  assert.equal(answer.status, 302, answer.text);
  return answer.header("location") ?? "";
}

/** The browser returns from the provider. */
export const comeBack = (browser: Browser, parameters: URLSearchParams, name = "google", cause: Cause = "other-site") =>
  browser.navigate(`/auth/providers/${name}/callback?${parameters}`, cause);

/** A whole sign-in. */
export async function signInAs(user: User, browser = newBrowser()): Promise<{ browser: Browser; answer: Answer }> {
  const page = await begin(browser);
  return { browser, answer: await comeBack(browser, world.google.approve(page, user)) };
}

/** The answer leads to the app's page, and a session was opened. Returns what a refresh answers. */
export async function assertSignedIn(browser: Browser, answer: Answer, location = `${ISSUER}/home`) {
  assert.equal(answer.status, 302, answer.text);
  assert.equal(answer.header("location"), location);
  assert.ok(browser.cookie(SESSION), "the session's cookie");
  const refreshed = await refresh(browser);
  assert.equal(refreshed.status, 200, refreshed.text);
  return refreshed.json() as Visitor["body"];
}

/** The answer leads to the app's page with this error, and no session was opened. */
export function assertFailed(browser: Browser, answer: Answer, code: string, location = `${ISSUER}/home`) {
  assert.equal(answer.status, 302, answer.text);
  assert.equal(answer.header("location"), `${location}?error=${code}`);
  assert.equal(browser.cookie(SESSION), undefined, "no session's cookie");
}

export const refresh = (browser: Browser) =>
  post(world.worker.origin, "/auth/refresh", undefined, { ...fromOurPage, cookie: browser.cookie(SESSION) });

export const asked = (method: string, path: string, body?: unknown, more: { cookie?: string; token?: string } = {}) =>
  call(world.worker.origin, method, path, body, { ...fromOurPage, ...more });

/** An account with a password, in a browser of its own. */
export async function newVisitor(): Promise<{ browser: Browser; token: string; email: string; id: string }> {
  const [browser, email] = [newBrowser(), newEmail()];
  const answer = await asked("POST", "/auth/sign-up", { email, password: "correct horse battery staple" });
  assert.equal(answer.status, 201, answer.text);
  browser.keep(answer);
  const body = answer.json();
  return { browser, email, token: body.access_token, id: body.session.user.id };
}
