// Limits on attempts. The bare runtime takes the client's address from the header in which Cloudflare sends it, so that
// a test may use any address; in production, the platform replaces whatever a client puts into it. The delays are far
// longer than any test takes, so that none ends because the machine is busy; tests that need their end move the clock.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, test } from "node:test";
import { assertCookie, assertDeviceCookie, assertProblem, DEVICE_COOKIE } from "../harness/contract.ts";
import type { Answer } from "../harness/http.ts";
import { form, logged, newCredential, operator } from "../harness/operator.ts";
import { until } from "../harness/until.ts";
import { call, newEmail, PASSWORD, post, signIn, type Visitor } from "../harness/visitor.ts";
import { fromOurPage, refresh, startDurable } from "./durable/world.ts";

const FREE = 3;
const DELAY = 60;
const ACCOUNT = 9;
const ADDRESS = 10;
const SIGN_UPS = 4;
const ATTEMPTS = 30;
const REFRESHES = 20;
const REFRESH_WINDOW = 100;
const [credential, service] = [newCredential(), newCredential()];
const world = await startDurable({
  config: {
    admin_credentials: [credential.hash],
    service_credentials: [service.hash],
    limits: {
      ...{ free_failures: FREE, first_delay: DELAY, most_delay: 2 * DELAY },
      ...{ account_failures: ACCOUNT, account_window: 3600, address_failures: ADDRESS, address_window: 3600 },
      ...{ attempts: ATTEMPTS, attempt_window: 3600 },
      ...{ sign_ups: SIGN_UPS, sign_up_window: 3600, refreshes: REFRESHES, refresh_window: REFRESH_WINDOW },
    },
  },
});
after(() => world.stop());
let ahead = 0;
/** Lets this many seconds pass. */
const pass = async (seconds: number) => {
  ahead += seconds * 1000;
  await world.clock({ ahead });
};
const program = () => operator(world.origin, credential.secret);

/** A client address that no other test in this file uses. */
const newAddress = () => `2001:db8:${randomInt(65536).toString(16)}:${randomInt(65536).toString(16)}::1`;
/** A page at an address, and a program. */
const from = (address: string) => ({ headers: { ...fromOurPage.headers, "CF-Connecting-IP": address } });
const programAt = (address: string) => ({ "CF-Connecting-IP": address });

const attempt = (email: string, address: string, password = "not the password", headers = {}) =>
  post(world.origin, "/auth/sign-in", { email, password }, { headers: { ...from(address).headers, ...headers } });

async function newcomer(address = newAddress()): Promise<Visitor & { address: string }> {
  const email = newEmail();
  const answer = await post(world.origin, "/auth/sign-up", { email, password: PASSWORD }, from(address));
  assert.equal(answer.status, 201, answer.text);
  return { ...(await signIn(world.origin, { email, password: PASSWORD }, from(address))), address };
}

/** Returns the value of Retry-After in seconds. */
function assertLimited(answer: Answer, what: string): number {
  assertProblem(answer, "rate_limited", { what });
  const seconds = Number(answer.header("retry-after"));
  assert.ok(seconds >= 1, `${what}: Retry-After ${seconds}`);
  return seconds;
}

/** Uses up the free failures. */
async function spend(email: string, address: string): Promise<void> {
  for (let i = 1; i <= FREE; i++) assertProblem(await attempt(email, address), "invalid_credentials", { what: `${i}` });
  assertLimited(await attempt(email, address), "one more");
}

/** The cookie after a renewal that must succeed. */
async function renewed(cookie: string): Promise<string> {
  const answer = await refresh(world.origin, cookie);
  assert.equal(answer.status, 200, answer.text);
  return assertCookie(answer).pair;
}

// Alone in this file, because the record is kept in memory, which an object loses after ten seconds without a
// request.
test("check_45 a reached limit is recorded once, in the account and in the log, and repeated attempts displace nothing from its list", async () => {
  const { email, body } = await newcomer();
  const { id } = body.session.user;
  const address = newAddress();
  await spend(email, address);
  const answers = await Promise.all(Array.from({ length: 60 }, () => attempt(email, address)));
  for (const answer of answers) assertLimited(answer, "repeated attempts");
  await spend(email, newAddress());
  const events = await until("the limit is recorded", async () => {
    const events = await program().events(id);
    return events.some(({ event }) => event === "sign_in_limited") && events;
  });
  const limited = events.filter(({ event }) => event === "sign_in_limited");
  assert.deepEqual(
    limited.map(({ by, reason, client_address }) => [by, reason, client_address]),
    [["anybody", "account", address]],
  );
  const kinds = new Set(events.map(({ event }) => event));
  assert.deepEqual([...kinds].sort(), ["sign_in_failed", "sign_in_limited", "signed_in", "signed_up"]);
  const lines = () => logged(world.logs()).filter((one) => one.event === "sign_in_limited" && one.account === id);
  await until("the log has it", () => lines().length > 0);
  const [line, ...more] = lines();
  assert.equal(more.length, 0);
  assert.equal(line?.request_id, limited[0]?.request_id);
});

describe("limits", { concurrency: 8 }, () => {
  test("check_40 concurrent attempts are limited like sequential ones", async () => {
    const email = newEmail();
    const address = newAddress();
    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(email, address)));
    assert.equal(answers.filter((answer) => answer.status === 401).length, FREE, "admitted attempts");
    assert.equal(answers.filter((answer) => answer.status === 429).length, 40 - FREE, "held back");
  });

  test("check_40 X-Forwarded-For and similar headers do not change the client address", async () => {
    const email = newEmail();
    const address = newAddress();
    const names = ["X-Forwarded-For", "X-Real-IP", "True-Client-IP", "Forwarded", "Client-IP", "CF-Pseudo-IPv4"];
    const claims = names.flatMap((name) => Array.from({ length: FREE }, () => name));
    const answers = await Promise.all(
      claims.map((name) => {
        const claim = name === "Forwarded" ? `for="[${newAddress()}]"` : newAddress();
        return attempt(email, address, "not the password", { [name]: claim });
      }),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [...Array(FREE).fill(401), ...Array(claims.length - FREE).fill(429)]);
  });

  test("check_40 an IPv6 /64 is one address, the next /64 another, and IPv4 in IPv6 is IPv4", async () => {
    const email = newEmail();
    const network = newAddress().slice(0, -3);
    await spend(email, `${network}::1`);
    assertLimited(await attempt(email, `${network}:ffff:1:2:3`), "the same /64");
    assertProblem(await attempt(email, newAddress()), "invalid_credentials", { what: "another /64" });
    const v4 = `198.51.100.${randomInt(256)}`;
    const other = newEmail();
    await spend(other, v4);
    assertLimited(await attempt(other, `::ffff:${v4}`), "the same IPv4 address");
  });

  test("check_39_check_40 an unknown address is limited like a known one", async () => {
    const known = await newcomer();
    const outcomes = async (email: string) => {
      const address = newAddress();
      const answers = [];
      for (let i = 0; i < FREE + 2; i++) answers.push(await attempt(email, address));
      // The same seconds, if a part of one has not passed between two answers.
      const wait = (answer: Answer) => {
        const seconds = Number(answer.header("retry-after") ?? 0);
        return seconds > DELAY / 2 && seconds <= DELAY ? "the delay" : seconds;
      };
      return answers.map((answer) => [answer.status, wait(answer), answer.text]);
    };
    assert.deepEqual(await outcomes(newEmail("unknown")), await outcomes(known.email));
  });

  test("check_40 guesses from many addresses: the account has its own limit, which does not apply to addresses that its user signs in from", async () => {
    const user = await newcomer();
    for (let i = 0; i < ACCOUNT / FREE; i++) await spend(user.email, newAddress());
    assertLimited(await attempt(user.email, newAddress()), "from one more address");
    assertLimited(await attempt(user.email, newAddress(), PASSWORD), "the correct password from an unknown address");
    await signIn(world.origin, user, from(user.address));
    assertProblem(await attempt(user.email, user.address), "invalid_credentials", {
      what: "a failure is still allowed",
    });
  });

  test("check_40 guesses at many accounts from one address: the address has a limit, which does not apply to users who sign in from it", async () => {
    const address = newAddress();
    const neighbour = await newcomer(address);
    for (let i = 0; i < ADDRESS; i++) assertProblem(await attempt(newEmail(), address), "invalid_credentials");
    assertLimited(await attempt(newEmail(), address), "an account without failures");
    await signIn(world.origin, neighbour, from(address));
    assertProblem(await attempt(newEmail(), newAddress()), "invalid_credentials", { what: "another address" });
  });

  test("check_40 a rejected attempt does not count, not even as one of the address's attempts", async () => {
    const address = newAddress();
    const email = newEmail();
    await spend(email, address);
    const answers = await Promise.all(Array.from({ length: 2 * ATTEMPTS }, () => attempt(email, address)));
    // The delay may end meanwhile, which allows one attempt.
    assert.ok(answers.filter(({ status }) => status === 429).length > ATTEMPTS);
    assertProblem(await attempt(newEmail(), address), "invalid_credentials", { what: "another pair" });
  });

  test("check_40 an account under attack: its user signs in at a new address with a known browser, and a new browser waits", async () => {
    const send = (email: string, password: string, address: string, cookie?: string) =>
      post(world.origin, "/auth/sign-in", { email, password }, { ...from(address), cookie });
    const user = await newcomer();
    const first = await send(user.email, PASSWORD, user.address);
    const browser = assertDeviceCookie(first).pair;
    const [other, stranger] = [await newcomer(), await newcomer()];
    const foreign = assertDeviceCookie(await send(stranger.email, PASSWORD, stranger.address)).pair;
    const madeUp = `${DEVICE_COOKIE}=${"A".repeat(43)}`;
    // The attacker continues from new addresses until the account's limit applies, and after that.
    const attacker = newAddress();
    for (let i = 0; i < ACCOUNT / FREE; i++) await spend(user.email, i === 0 ? attacker : newAddress());
    assertLimited(await send(user.email, "not the password", newAddress()), "the attacker");
    assertLimited(await send(user.email, PASSWORD, newAddress()), "a new browser at a new address");
    for (const [what, cookie] of [
      ["made up", madeUp],
      ["of another account", foreign],
      ["twice", `${browser}; ${madeUp}`],
      ["altered", browser.replace(/=./, (start) => (start === "=A" ? "=B" : "=A"))],
    ] as const)
      assertLimited(await send(user.email, PASSWORD, newAddress(), cookie), what);
    // At a new address, and also at one that the attacker has exhausted.
    let cookie = browser;
    for (const address of [newAddress(), attacker]) {
      const answer = await send(user.email, PASSWORD, address, cookie);
      assert.equal(answer.status, 200, answer.text);
      const next = assertDeviceCookie(answer).pair;
      assert.notEqual(next, cookie, "each sign-in sets a new value");
      cookie = next;
    }
    assertLimited(await send(user.email, PASSWORD, newAddress(), browser), "a value that has been replaced");
    // The browser has its own pace at any address, and its cookie has no other effect.
    for (let i = 0; i < FREE; i++)
      assertProblem(await send(user.email, "not the password", newAddress(), cookie), "invalid_credentials");
    assertLimited(await send(user.email, PASSWORD, newAddress(), cookie), "its own failures");
    assertProblem(await send(other.email, "not the password", other.address, cookie), "invalid_credentials");
    assert.equal((await refresh(world.origin, cookie)).status, 204, "no session");
  });

  test("check_32_check_40 sign-up and sign-in set the device cookie, and a renewal and a failure do not", async () => {
    const [email, address] = [newEmail(), newAddress()];
    const up = await post(world.origin, "/auth/sign-up", { email, password: PASSWORD }, from(address));
    const { pair } = assertDeviceCookie(up);
    // The browser that signed up is known at other addresses immediately.
    for (let i = 0; i < ACCOUNT / FREE; i++) await spend(email, newAddress());
    const known = { ...from(newAddress()), cookie: pair };
    assertLimited(await attempt(email, newAddress(), PASSWORD), "without the cookie");
    const answer = await post(world.origin, "/auth/sign-in", { email, password: PASSWORD }, known);
    assert.notEqual(assertDeviceCookie(answer).value, pair.split("=")[1]);
    assert.equal((await refresh(world.origin, assertCookie(answer).pair)).setCookies.length, 1, "the session's");
    const failed = await post(world.origin, "/auth/sign-in", { email, password: "not the password" }, known);
    assertProblem(failed, "invalid_credentials", { what: "which sets no cookie" });
  });

  test("check_40 sign-ups are limited by address, including those of taken addresses", async () => {
    const address = newAddress();
    const up = (email: string, at = address) =>
      post(world.origin, "/auth/sign-up", { email, password: PASSWORD }, from(at));
    const taken = await newcomer();
    const answers = [await up(newEmail()), await up(taken.email)];
    for (let i = 2; i < SIGN_UPS; i++) answers.push(await up(newEmail()));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, ...Array(SIGN_UPS - 2).fill(201), 409]);
    assertLimited(await up(newEmail()), "one more");
    assertLimited(await up(taken.email), "taken addresses are not disclosed either");
    assertProblem(await up("none"), "invalid_request", { what: "400 comes before 429" });
    assert.equal((await up(newEmail(), newAddress())).status, 201, "from another address");
  });

  test("check_45 an implausible current password counts too, and no number of them displaces a change from the events", async () => {
    const user = await newcomer();
    const { id } = user.body.session.user;
    const calls = [
      (current_password: string) =>
        post(
          world.origin,
          "/auth/password",
          { current_password, new_password: "a new password" },
          { ...user, ...from(user.address) },
        ),
      (current_password: string) =>
        call(
          world.origin,
          "DELETE",
          "/auth/account",
          { current_password },
          { token: user.token, ...from(user.address) },
        ),
    ];
    const answers = [];
    for (let i = 0; i < 110; i += 10)
      answers.push(
        ...(await Promise.all(
          Array.from({ length: 10 }, (_, j) => calls[j % 2]?.(j % 3 ? "short" : "x".repeat(129)) as Promise<Answer>),
        )),
      );
    const failed = answers.filter((answer) => answer.status === 401).length;
    assert.ok(failed >= FREE && failed < 20, `${failed} of 110 were not limited`);
    for (const answer of answers.filter(({ status }) => status !== 401)) assertLimited(answer, "one more");
    const events = await program().events(id);
    const wrong = events.filter(({ event }) => event === "password_wrong");
    assert.deepEqual(
      wrong.map(({ count }) => count),
      [failed],
      "one event with a count",
    );
    assert.ok((wrong[0]?.first_at ?? 0) <= (wrong[0]?.at ?? 0));
    assert.ok(events.some(({ event }) => event === "signed_up"));
  });

  test("an attempt that is rejected as malformed does not count", async () => {
    const { email, address } = await newcomer();
    for (let i = 0; i < 2 * FREE; i++)
      assertProblem(await post(world.origin, "/auth/sign-in", { email }, from(address)), "invalid_request");
    await spend(email, address);
  });

  test("check_40_check_39 a password that no account can have counts like any other wrong one", async () => {
    for (const password of ["", "short", "x".repeat(129)]) {
      const [email, address] = [newEmail(), newAddress()];
      for (let i = 0; i < FREE; i++) assertProblem(await attempt(email, address, password), "invalid_credentials");
      assertLimited(await attempt(email, address, password), "one more");
      assertLimited(await attempt(email, address), "other passwords too");
    }
  });

  test("check_40 calls without a correct admin or service credential are limited by address; calls with a correct one are limited neither by that nor in number", async () => {
    const address = newAddress();
    const ask = (Authorization: string | undefined, at = address) =>
      call(world.origin, "GET", "/admin/users?email=a%40example.com", undefined, {
        headers: {
          ...{ Origin: undefined, "Sec-Fetch-Site": undefined, Authorization },
          ...programAt(at),
        },
      });
    const introspect = (at: string, Authorization = "Bearer wrong") =>
      form(world.origin, "/auth/introspect", { token: "x" }, { Authorization, ...programAt(at) });
    for (let i = 0; i < ADDRESS; i++) {
      const answer = i % 3 === 2 ? await introspect(address) : await ask(i % 3 ? "Bearer wrong" : undefined);
      assertProblem(answer, "invalid_token", { what: `${i}` });
    }
    for (let i = 0; i < 3; i++) assertLimited(await ask("Bearer wrong"), "one more");
    assertLimited(await introspect(address), "on another path");
    const correct = await Promise.all(
      Array.from({ length: 10 * ADDRESS }, (_, i) =>
        i % 2 ? ask(`Bearer ${credential.secret}`) : introspect(address, `Bearer ${service.secret}`),
      ),
    );
    assert.deepEqual(new Set(correct.map(({ status }) => status)), new Set([200]), "correct ones, any number of them");
    assertLimited(await ask("Bearer wrong"), "the correct ones did not reset the count");
    assertProblem(await ask("Bearer wrong", newAddress()), "invalid_token", { what: "another address" });
    assertProblem(await attempt(newEmail(), address), "invalid_credentials", {
      what: "sign-ins are counted separately",
    });
    const told = () =>
      logged(world.logs()).filter((line) => line.client_address === address && line.reason === "limited");
    const lines = await until("it is in the log", () => told().length > 0 && told());
    assert.deepEqual(
      lines.map(({ event }) => event),
      ["admin_refused"],
      "once",
    );
  });
});

describe("time passes", { concurrency: 1 }, () => {
  test("check_40 a few failures are free; then a correct password waits too, and after the delay it succeeds and resets the count", async () => {
    const { email, address } = await newcomer();
    await spend(email, address);
    assert.ok(assertLimited(await attempt(email, address, PASSWORD), "the correct one") <= DELAY);
    await pass(DELAY);
    assert.equal((await attempt(email, address, PASSWORD)).status, 200);
    await spend(email, address);
  });

  test("check_40 attempts during a delay do not prolong it, and delays grow up to their bound", async () => {
    const email = newEmail();
    const address = newAddress();
    await spend(email, address);
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      // A delay that grew with these attempts would be longer.
      for (let j = 0; j < 20; j++) assertLimited(await attempt(email, address), "during the delay");
      await pass(i === 0 ? DELAY : 2 * DELAY);
      assertProblem(await attempt(email, address), "invalid_credentials");
      waits.push(assertLimited(await attempt(email, address), "again"));
    }
    for (const wait of waits) assert.ok(wait > DELAY && wait <= 2 * DELAY, `${waits}`);
  });

  test("check_40 a password change with a wrong password counts as a failed sign-in, and no session is delayed by it", async () => {
    const user = await newcomer();
    const change = (current_password: string) =>
      post(
        world.origin,
        "/auth/password",
        { current_password, new_password: "a new password" },
        { ...user, ...from(user.address) },
      );
    for (let i = 0; i < FREE; i++) assertProblem(await change("not the password"), "invalid_credentials");
    assertLimited(await change(PASSWORD), "the correct one");
    assertLimited(await attempt(user.email, user.address, PASSWORD), "at sign-in");
    assert.equal(await renewed(user.cookie), user.cookie, "a valid cookie is not delayed");
    await pass(DELAY);
    assert.equal((await change(PASSWORD)).status, 200);
  });

  test("check_40 renewals per session are limited; the session survives, and a caller without its secret can't use up the limit", async () => {
    const user = await newcomer();
    const other = await signIn(world.origin, user, from(user.address));
    const forged = user.cookie.replace(/[^.]+$/, "A".repeat(43));
    for (let i = 0; i < REFRESHES; i++)
      assertProblem(await refresh(world.origin, forged), "session_ended", { reason: "none", what: `made up, ${i}` });
    const answers = await Promise.all(Array.from({ length: 3 * REFRESHES }, () => refresh(world.origin, user.cookie)));
    const limited = answers.filter((answer) => answer.status !== 200);
    assert.ok(answers.length - limited.length >= REFRESHES, "requests with invented secrets did not count");
    assert.ok(limited.length > 0, "the limit applies");
    for (const answer of limited) assertLimited(answer, "one more");
    await renewed(other.cookie);
    await pass(REFRESH_WINDOW);
    assert.equal((await refresh(world.origin, user.cookie)).status, 200, "the session continues");
  });
});

test("check_40 counts survive a power cut", async () => {
  const email = newEmail();
  for (let i = 0; i < ACCOUNT / FREE; i++) await spend(email, newAddress());
  assertLimited(await attempt(email, newAddress()), "before");
  await world.start();
  await world.clock({ ahead });
  assert.ok(assertLimited(await attempt(email, newAddress()), "after") > 2 * DELAY, "not the delay of a pair");
  assertProblem(await attempt(newEmail(), newAddress()), "invalid_credentials");
});
