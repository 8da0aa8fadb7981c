// The vault in one engine and one mode. It behaves the same in all engines; docs/browsers.md lists the differences that
// these tests show.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { COOKIE } from "../harness/contract.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import type { Engine, EngineName, Tab } from "./engine.ts";
import { BIG, BIG_DIGEST, type World } from "./world.ts";

/** Firefox reads on when the body of a response is cancelled, also that of fetch itself. An abort does reach the server. */
const CANCEL_REACHES_SERVER: Record<EngineName, boolean> = { chromium: true, firefox: false, webkit: true };

/**
 * Whether a cookie called `__Host-Http-…` can't come from script. Where the engine doesn't know the prefix, script can
 * put one of that name beside the real one, which stays what it is and can't be read.
 */
const KNOWS_PREFIX: Record<EngineName, boolean> = { chromium: true, firefox: true, webkit: false };

/** Whether there are passkeys. WebKitGTK is built without them; Safari has them. */
const PASSKEYS: Record<EngineName, boolean> = { chromium: true, firefox: true, webkit: false };

export type Mode = "worker" | "page";

interface Seen {
  status: number;
  statusText: string;
  ok: boolean;
  redirected: boolean;
  type: string;
  url: string;
  headers: Record<string, string>;
  text: string;
  instance: boolean;
}
interface Outcome {
  value?: string;
  name?: string;
  code?: string;
  message?: string;
}
interface Upload {
  method: string;
  type: string | null;
  one: string | null;
  bearer: boolean;
  bytes: number;
  digest: string;
  sent: string;
  text?: string;
  form?: { name: string; file: string; type: string; digest: string };
}

export function suite(mode: Mode, begin: () => Promise<{ engine: Engine; world: World }>): void {
  const email = newEmail(mode);
  const options = { vault: mode };
  let engine: Engine;
  let world: World;
  let page: World["page"];
  let tab: Tab;
  before(async () => {
    ({ engine, world } = await begin());
    page = world.page;
    tab = await engine.open(`${page.origin}/`);
  });
  after(async () => {
    await tab?.close();
    await world?.stop();
  });
  const get = (url: string, init?: object) => tab.run<Seen>("get", url, init);
  const start = (where: Tab = tab) => where.run<string>("start", options);
  const status = (where: Tab) =>
    where.run<{ status: string; email: string | null; history: [string, number][]; heard: number | null }>("status");

  test("sign-up, a call, and the session after a reload", async () => {
    assert.equal(await start(), "signed-out");
    assert.equal((await tab.run<Outcome>("tells", "/api/me")).code, "signed_out");
    assert.equal(await tab.run("signUp", email, PASSWORD), email);
    const me = JSON.parse((await get("/api/me")).text);
    assert.match(me.id, /^\S+$/);
    await tab.reload();
    assert.equal(await start(), "signed-in");
    assert.equal((await status(tab)).email, email);
    assert.equal(JSON.parse((await get("/api/me")).text).id, me.id);
  });

  test("check_55 the vault's files on another origin: a copy of the worker, and the same session", async () => {
    const at = (file: string) => `${world.other.origin}/dist/latchkey-auth/${file}`;
    const there = await engine.open(`${page.origin}/cdn`);
    const files = { workerUrl: at("vault-worker.js"), wasmUrl: at("vault_bg.wasm") };
    assert.equal(await there.run<string>("start", { ...options, ...files }), "signed-in");
    assert.equal((await there.run<Seen>("get", "/api/me")).status, 200);
    await there.close();
  });

  test("check_32 the cookie can't be read, replaced or removed by script", async () => {
    const planted = KNOWS_PREFIX[engine.name] ? "" : `${COOKIE}=planted`;
    const { seen, attempts } = await tab.run<{ seen: string; attempts: string[] }>("cookie", COOKIE);
    assert.deepEqual([seen, ...attempts], ["", planted, planted, ""]);
    assert.equal(await start(), "signed-in", "the session is as it was");
  });

  test("a response is as fetch returns it: status, headers, text, URL", async () => {
    const { headers, ...teapot } = await get("/api/x/teapot");
    assert.deepEqual(teapot, {
      ...{ status: 418, statusText: "Short and stout", ok: false, redirected: false, type: "basic" },
      ...{ url: `${page.origin}/api/x/teapot`, text: "teapot", instance: true },
    });
    assert.deepEqual(
      [headers["x-shown"], headers["x-twice"], headers["set-cookie"], headers.authorization],
      ["yes", "a, b", undefined, undefined],
    );
    assert.deepEqual(await tab.run("empty", "/api/x/empty", "GET"), { status: 204, text: "" });
    assert.deepEqual(await tab.run("empty", "/api/me", "HEAD"), { status: 200, text: "" });
    const broken = await tab.run<Outcome>("tells", "/api/x/broken");
    assert.equal(broken.name, "TypeError", JSON.stringify(broken));
  });

  test("a download streams: its first part is there before the server has sent the second", async () => {
    const { first, go, rest } = await tab.run<{ first: string; go: number; rest: string }>(
      "streamDown",
      ...["/api/x/stream", "/api/x/stream/go"],
    );
    assert.deepEqual([first.trimEnd(), go, rest], ["first", 204, "second"]);
    const before = world.brokenOff();
    await tab.run("cancelDown", "/api/x/endless");
    if (CANCEL_REACHES_SERVER[engine.name]) await until("the download is broken off", () => world.brokenOff() > before);
  });

  test("uploads arrive unchanged: forms, blobs, buffers, text, a Request, 10 MB", async () => {
    const upload = (kind: string, size: number) => tab.run<Upload>("upload", "/api/x/upload", kind, size);
    for (const [kind, type] of [
      ["blob", "image/x-test"],
      ["buffer", null],
      ["view", null],
    ] as const) {
      const { digest, sent, bytes, ...rest } = await upload(kind, 3000);
      assert.deepEqual([digest, bytes], [sent, 3000], kind);
      assert.deepEqual(rest, { method: "POST", type, one: null, bearer: true }, kind);
    }
    assert.equal((await upload("text", 100)).type, "text/plain;charset=UTF-8");
    const { text, type } = await upload("params", 0);
    assert.equal(text, "a=1+%26+2&b=%C3%BC");
    assert.equal(type, "application/x-www-form-urlencoded;charset=UTF-8");
    const { form, sent } = await upload("form", 5000);
    assert.deepEqual(form, { name: "ü & more", file: "data.bin", type: "application/x-test", digest: sent });
    const big = await upload("blob", BIG);
    assert.deepEqual([big.bytes, big.digest], [BIG, BIG_DIGEST]);
    const { method, one, text: said } = await tab.run<Upload>("request", "/api/x/upload");
    assert.deepEqual([method, one, said], ["PUT", "1", "from a Request"]);
  });

  test("an upload whose progress is asked for: it arrives as it is, and the last report is of all of it", async () => {
    const { answer, reports } = await tab.run<{ answer: Upload; reports: [number, number][] }>(
      "progress",
      "/api/x/upload",
      BIG,
    );
    assert.deepEqual([answer.bytes, answer.digest, answer.bearer], [BIG, BIG_DIGEST, true]);
    assert.deepEqual(reports.at(-1), [BIG, BIG]);
    assert.ok(reports.every(([loaded], index) => loaded >= (reports[index - 1]?.[0] ?? 0)));
  });

  test("a stream as a body arrives where fetch can send one; else it is a TypeError, or what fetch makes of it", async () => {
    const own = await tab.run<Outcome>("streamUp", "/api/x/upload", false);
    const bare = await tab.run<Outcome>("streamUp", "/api/x/upload", true);
    assert.ok(own.name === "TypeError" || own.value === bare.value, JSON.stringify([own, bare]));
  });

  test("a response's body is kept while it is being read", async () => {
    // Whether it is thrown away too early is up to the engine's garbage collector.
    for (let round = 0; round < 8; round += 1) {
      assert.deepEqual(await tab.run("download", "/api/x/big"), { bytes: BIG, digest: BIG_DIGEST });
    }
  });

  test("an aborted call ends, in the page and at the server, with its signal's reason", async () => {
    const before = world.brokenOff();
    const { early, late, reason } = await tab.run<Record<"early" | "late" | "reason", Outcome>>(
      "abort",
      "/api/x/silent",
    );
    assert.deepEqual([early.name, late.name], ["AbortError", "AbortError"]);
    assert.deepEqual([reason.name, reason.message], ["RangeError", "mine"]);
    await until("the call is broken off", () => world.brokenOff() > before);
  });

  test("check_48 a redirect is followed; to another origin, the token isn't", async () => {
    const { redirected, url, status } = await get("/api/x/redirect");
    assert.deepEqual([redirected, url, status], [true, `${page.origin}/api/me`, 200]);
    const away = await tab.run<Outcome>("tells", "/api/x/away");
    assert.ok(away.value === "200" || away.name === "TypeError", JSON.stringify(away));
    assert.deepEqual(
      world.leaked.filter((authorization) => authorization !== undefined),
      [],
    );
    assert.equal((await tab.run<Outcome>("tells", `${world.other.origin}/elsewhere`)).code, "origin_not_allowed");
  });

  test("check_49 a hundred calls that are answered 401: one renewal, and each is sent once more", async () => {
    await tab.run("get", "/api/x/stale/reset");
    const before = world.refreshes();
    assert.deepEqual(await tab.run("concurrently", "/api/x/stale", 100), [200]);
    assert.equal(world.refreshes() - before, 1);
  });

  test("a Request's body is sent once more after a 401", async () => {
    assert.deepEqual(await tab.run("requestTwice", "/api/x/stale"), { text: "sent twice" });
  });

  test("check_54 a second tab is signed in by itself, and a sign-out reaches it within a second", async () => {
    const second = await engine.open(`${page.origin}/`);
    assert.equal(await start(second), "signed-in");
    await tab.run("signOut");
    const { history, heard } = await until("the second tab is signed out", async () => {
      const now = await status(second);
      return now.status === "signed-out" && now.heard !== null && now;
    });
    const [, at] = history.findLast(([each]) => each === "signed-out") as [string, number];
    assert.ok(at - (heard ?? 0) < 1000, `${at - (heard ?? 0)} ms after a plain message`);
    await second.reload();
    assert.equal(await start(second), "signed-out");
    await second.close();
  });

  test("passkeys: sign-up, sign-in, one for each authenticator, and the last one stays", async () => {
    const third = await engine.open(`${page.origin}/`);
    await start(third);
    const hasPasskeys = PASSKEYS[engine.name];
    assert.deepEqual(await third.run("passkeySupport"), [hasPasskeys, hasPasskeys]);
    if (hasPasskeys) {
      const remove = await third.addAuthenticator();
      const { methods, ...seen } = await third.run<{ methods: string[] }>("passkeys");
      assert.deepEqual(seen, {
        ...{ status: "signed-in", again: "InvalidStateError", last: "last_credential", same: true },
        ...{ email: "", names: ["First"] },
      });
      assert.deepEqual(methods, ["hwk", "user", "mfa"]);
      await remove();
    } else {
      assert.equal((await third.run<Outcome>("signInWithPasskey")).name, "NotSupportedError");
    }
    await third.close();
  });

  test("check_55 the policy has blocked nothing", async () => {
    assert.deepEqual(await tab.run("refused"), []);
  });
}
