// Bad input to the paths of second factors: malformed, oversized, repeated, expired, already used, of another
// account, from another browser, and many at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, enrol } from "../../harness/authenticator-app.ts";
import { assertProblem, type Code } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { ownPage, PASSWORD } from "../../harness/visitor.ts";
import { type Durable, fromOurPage, ISSUER, person } from "../durable/world.ts";
import { actions, opened } from "./world.ts";

const PATHS = ["/auth/second-factor", "/auth/second-factor/totp/confirm"];
const WITHOUT_BODY = ["/auth/second-factor/totp", "/auth/second-factor/recovery-codes"];

export function badInput(world: () => Durable): void {
  const { admin, challenge, forgetSteps, member, post, send, sessions, signIn, verify } = actions(world);
  const raw = (path: string, body: string, headers: Record<string, string>) =>
    ask(world().origin, path, {
      method: "POST",
      body,
      headers: { ...ownPage(ISSUER), "Content-Type": "application/json", ...headers },
    });

  test("malformed and oversized requests get their codes and count as no attempt", async () => {
    const who = await member();
    const cookie = await challenge(who);
    const bearer = { Authorization: `Bearer ${who.token}` };
    const bodies: [string, Code][] = [
      ["", "invalid_request"],
      ["{}", "invalid_request"],
      ["null", "invalid_request"],
      ["[]", "invalid_request"],
      ['{"code":null}', "invalid_request"],
      ['{"code":123456}', "invalid_request"],
      ['{"code":["123456"]}', "invalid_request"],
      ['{"code":"123456","code":"123456"}', "invalid_request"],
      ['{"code":"123456","remember":true}', "invalid_request"],
      ['{"code":"123456"', "invalid_request"],
      [`{"code":"${"1".repeat(17_000)}"}`, "too_large"],
    ];
    for (const path of PATHS)
      for (const [body, code] of bodies)
        for (const headers of [{ Cookie: cookie }, bearer])
          assertProblem(await raw(path, body, headers), code, { what: `${path} ${body.slice(0, 40)}` });
    for (const path of ["/auth/second-factor/totp/confirm", ...WITHOUT_BODY])
      assertProblem(await raw(path, path.endsWith("confirm") ? '{"code":"123456"}' : "", {}), "invalid_token", {
        what: path,
      });
    for (const body of ['{"code":"123456","recovery_code":"BCDF-GHJK-LMNP-QRST"}', '{"recovery_code":7}'])
      assertProblem(await raw("/auth/second-factor", body, { Cookie: cookie }), "invalid_request", { what: body });
    for (const path of WITHOUT_BODY)
      for (const body of ["{", "[]", '{"x":1}'])
        assertProblem(await raw(path, body, bearer), "invalid_request", { what: `${path} ${body}` });
    for (const path of [...PATHS, ...WITHOUT_BODY]) {
      const body = '{"code":"123456"}';
      const type = { "Content-Type": "text/plain", ...bearer };
      assertProblem(await raw(path, body, type), "unsupported_media_type", { what: path });
      const evil = await raw(path, body, { ...bearer, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" });
      assertProblem(evil, "request_forgery", { what: path });
      assertProblem(await ask(world().origin, path, { headers: bearer }), "method_not_allowed", { what: path });
    }
    assertProblem(await send("DELETE", "/auth/second-factor/totp"), "invalid_token");
    opened(await verify(cookie, { code: codeOf(who.uri, 1) }));
  });

  test("texts that are no codes are wrong codes", async () => {
    const who = await member();
    let cookie = "";
    const texts = [
      "",
      " ",
      "12345",
      "1234567",
      "abcdef",
      "\u0661\u0662\u0663\u0664\u0665\u0666",
      "\u0000",
      "1e5",
      "+12345",
    ];
    for (const [at, code] of texts.entries()) {
      // A challenge allows five.
      if (at % 2 === 0) cookie = await challenge(who);
      assertProblem(await verify(cookie, { code }), "code_invalid", { what: JSON.stringify(code) });
      assertProblem(await verify(cookie, { recovery_code: code }), "code_invalid", { what: JSON.stringify(code) });
    }
  });

  test("a cookie that is missing, malformed, invented, of another account or of another ceremony is no challenge", async () => {
    const [who, other] = [await member(), await member()];
    const cookie = await challenge(who);
    const [name = "", value = ""] = cookie.split("=");
    const [, , secret = ""] = value.split(".");
    const invented = Buffer.alloc(32, 7).toString("base64url");
    const code = codeOf(who.uri, 1);
    for (const [what, cookies] of [
      ["none", undefined],
      ["an empty one", `${name}=`],
      ["no secret", `${name}=1.${who.account}`],
      ["another version", `${name}=2.${who.account}.${secret}`],
      ["no account", `${name}=1.-.${secret}`],
      ["an account that is none", `${name}=1.${"0".repeat(64)}.${secret}`],
      ["another account", `${name}=1.${other.account}.${secret}`],
      ["an invented secret", `${name}=1.${who.account}.${invented}`],
      ["two", `${cookie}; ${name}=1.${who.account}.${invented}`],
      ["a session's cookie", who.cookie],
    ] as const)
      assertProblem(await verify(cookies, { code }), "challenge_expired", { what });
    // The code of one account opens no session of another one.
    assertProblem(await verify(await challenge(other), { code }), "code_invalid", { what: "another account's code" });
    const theirs = other.recoveryCodes[0];
    assertProblem(await verify(cookie, { recovery_code: theirs }), "code_invalid", { what: "their recovery code" });
    opened(await verify(cookie, { code }));
  });

  test("a challenge ends after five wrong codes, and another one starts anew", async () => {
    const who = await member();
    const cookie = await challenge(who);
    for (let i = 0; i < 5; i += 1) assertProblem(await verify(cookie, { code: "000" }), "code_invalid");
    assertProblem(await verify(cookie, { code: codeOf(who.uri, 1) }), "challenge_expired");
    opened(await verify(await challenge(who), { code: codeOf(who.uri, 1) }));
  });

  test("what changes between the two factors counts: another password, a disabled or deleted account, a removed factor", async () => {
    for (const [what, change, code] of [
      ["another password", (id: string) => admin().post(`/${id}/password`, {}), "invalid_credentials"],
      ["disabled", (id: string) => admin().post(`/${id}/disable`), "invalid_credentials"],
      ["deleted", (id: string) => admin().del(`/${id}`), "challenge_expired"],
      ["the factor was reset", (id: string) => admin().del(`/${id}/second-factor`), "code_invalid"],
    ] as const) {
      const who = await member();
      const cookie = await challenge(who);
      const changed = await change(who.account);
      assert.ok(changed.status < 300, changed.text);
      assertProblem(await verify(cookie, { code: codeOf(who.uri, 1) }), code, { what });
    }
  });

  test("of 100 concurrent answers one is accepted: the same code in two browsers, the same recovery code", async () => {
    const who = await member();
    const before = await sessions(who);
    for (const answer of [{ code: codeOf(who.uri, 1) }, { recovery_code: who.recoveryCodes[0] }]) {
      const cookies = [await challenge(who), await challenge(who)];
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => verify(cookies[i % 2], answer)));
      const codes = answers.map((one) => (one.status === 200 ? "accepted" : one.json().code));
      assert.equal(codes.filter((code) => code === "accepted").length, 1, codes.join(" "));
      for (const code of codes) assert.ok(["accepted", "code_invalid", "challenge_expired"].includes(code), code);
    }
    assert.equal(await sessions(who), before + 2);
  });

  test("of 100 concurrent confirmations one adds the app", async () => {
    const who = await person(world().origin);
    const { uri } = (await post("/auth/second-factor/totp", undefined, who)).json();
    const confirm = () => post("/auth/second-factor/totp/confirm", { code: codeOf(uri) }, who);
    const answers = await Promise.all(Array.from({ length: 100 }, confirm));
    const accepted = answers.filter((one) => one.status === 200);
    assert.equal(accepted.length, 1);
    for (const one of answers)
      if (one.status !== 200) assert.ok(["challenge_expired", "step_up_required"].includes(one.json().code), one.text);
    const [first = ""] = accepted[0]?.json().recovery_codes ?? [];
    opened(await verify(await challenge(who), { recovery_code: first }));
  });

  test("an app whose confirmation is never sent, or sent late, has no effect", async () => {
    const who = await person(world().origin);
    const account = who.cookie.split(".")[1] ?? "";
    const { uri } = (await post("/auth/second-factor/totp", undefined, who)).json();
    await world().look("ACCOUNT", account, "UPDATE totp SET expires_at = 1");
    assertProblem(await post("/auth/second-factor/totp/confirm", { code: codeOf(uri) }, who), "challenge_expired");
    assert.equal(await world().look("ACCOUNT", account, "ring"), null);
    assert.deepEqual(await world().look("ACCOUNT", account, "SELECT * FROM totp"), []);
    assert.equal((await signIn(who)).status, 200);
    await enrol(world().origin, who.token, fromOurPage);
    const late = await challenge(who);
    await world().look("ACCOUNT", account, "UPDATE challenge SET challenge = json_set(challenge, '$.expires_at', 1)");
    assertProblem(await verify(late, { recovery_code: "BCDF-GHJK-LMNP-QRST" }), "challenge_expired");
    await forgetSteps({ account });
    assertProblem(
      await send("POST", "/auth/sign-in", { email: who.email, password: PASSWORD }),
      "second_factor_required",
    );
  });
}
