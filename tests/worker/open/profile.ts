// What users say about themselves: PATCH /auth/profile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertUser } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { ownPage, patch, post, refresh, renewed, signIn, signUp, type Visitor } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

const PATH = "/auth/profile";
const FULL = { name: "Ada Lovelace", picture: "https://pictures.example/ada.png", locale: "en-GB" };

export function profile({ origin }: World): void {
  const change = (body: unknown, who: Partial<Visitor>) => patch(origin, PATH, body, { token: who.token });
  const stored = async (who: Visitor) => (await refresh(origin, who.cookie)).json().session.user.profile;

  test("a new user has an empty profile; a change is in the response, in every later session, and leaves tokens valid", async () => {
    const who = await signUp(origin);
    assert.deepEqual([who.body.session.user.profile, who.body.session.user.metadata], [{}, {}]);
    const { profile, ...user } = assertUser(await change(FULL, who));
    assert.deepEqual(profile, FULL);
    assert.deepEqual({ ...user, profile: {} }, who.body.session.user, "nothing else of the user changes");
    assert.deepEqual(await stored(who), FULL);
    assert.deepEqual((await signIn(origin, who)).body.session.user.profile, FULL);
    assert.equal((await change({}, who)).status, 200, "the same token still works");
  });

  test("an absent member stays, null removes it, and white space around a name is removed", async () => {
    const who = await signUp(origin);
    await change(FULL, who);
    assert.deepEqual(assertUser(await change({}, who)).profile, FULL);
    assert.deepEqual(assertUser(await change({ name: "  Grace \u00a0" }, who)).profile, { ...FULL, name: "Grace" });
    assert.deepEqual(assertUser(await change({ name: null, picture: null }, who)).profile, { locale: "en-GB" });
    assert.deepEqual(await stored(who), { locale: "en-GB" });
  });

  test("an invalid value is 400 with its field, and nothing of the request is stored", async () => {
    const who = await signUp(origin);
    await change(FULL, who);
    const table: [keyof typeof FULL, unknown[]][] = [
      ["name", ["", " ", 7, [], {}, true, "a\nb", "a\0", "a\u202egnp", "\u2066a\u2069", "\u200b", "x".repeat(201)]],
      ["picture", ["", "http://x.example/", "javascript:alert(1)", "//x.example/", "https://a@x.example/", 7, {}]],
      ["picture", ["https://x.example/ a", 'https://x.example/"', `https://x.example/${"a".repeat(1024)}`]],
      ["locale", ["", "de_CH", "deutsch!", "x", 7, [], "en-", `de-x-${"a".repeat(80)}`]],
    ];
    for (const [field, values] of table)
      for (const value of values)
        assertProblem(await change({ name: "Other", locale: "fr", [field]: value }, who), "invalid_request", {
          field,
          what: `${field} ${JSON.stringify(value)}`.slice(0, 80),
        });
    for (const field of ["email", "roles", "metadata", "id", "__proto__x"])
      assertProblem(await change({ [field]: "x" }, who), "invalid_request", { field });
    const raw = (body: string, type = "application/json") =>
      ask(origin, PATH, {
        method: "PATCH",
        body,
        headers: { ...ownPage(origin), "Content-Type": type, Authorization: `Bearer ${who.token}` },
      });
    for (const body of ["", "{", "[]", "null", '"x"', '{"name":"a","name":"b"}', '{"name":"\\ud800"}'])
      assertProblem(await raw(body), "invalid_request", { what: body });
    assertProblem(await raw("{}", "application/merge-patch+json"), "unsupported_media_type");
    assertProblem(await raw(JSON.stringify({ name: "x".repeat(20_000) })), "too_large");
    assert.deepEqual(await stored(who), FULL);
  });

  test("a locale is accepted if and only if the browser accepts it, apart from the grammar's extended languages", async () => {
    const who = await signUp(origin);
    for (const locale of ["de", "DE-ch", "zh-Hant-TW", "es-419", "sl-rozaj-biske-1994", "en-u-ca-gregory", "de-x-a"]) {
      assert.equal((await change({ locale }, who)).status, 200, locale);
      assert.doesNotThrow(() => new Intl.NumberFormat(locale), locale);
    }
    for (const locale of ["d", "de--CH", "de-1901-1901", "en-u", "x-a", "i-klingon", "de-a-bb-a-cc"]) {
      assertProblem(await change({ locale }, who), "invalid_request", { field: "locale", what: locale });
      assert.throws(() => new Intl.NumberFormat(locale), locale);
    }
  });

  test("only the holder of a valid token changes a profile, and only that of the token's account", async () => {
    const [who, other] = [await signUp(origin), await signUp(origin)];
    assertProblem(await patch(origin, PATH, FULL), "invalid_token");
    assertProblem(await patch(origin, PATH, FULL, { cookie: who.cookie }), "invalid_token", { what: "a cookie" });
    assertProblem(await change(FULL, { token: `${who.token}x` }), "invalid_token");
    const forged = { token: who.token, headers: { "Latchkey-Client": undefined } };
    assertProblem(await patch(origin, PATH, FULL, forged), "request_forgery");
    const foreign = { token: who.token, headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" } };
    assertProblem(await patch(origin, PATH, FULL, foreign), "request_forgery");
    await change(FULL, who);
    assert.deepEqual(await stored(other), {});
    await post(origin, "/auth/sign-out", { scope: "global" }, { cookie: who.cookie });
    assertProblem(await change({ name: null }, who), "invalid_token", { what: "after a sign-out" });
    assert.deepEqual((await signIn(origin, who)).body.session.user.profile, FULL);
  });

  test("100 concurrent changes: each is complete, and the last one to be stored stays", async () => {
    const who = await signUp(origin);
    const names = Array.from({ length: 100 }, (_, i) => `Name ${i}`);
    const answers = await Promise.all(
      names.map((name) => change({ name, picture: `https://x.example/${name.slice(5)}` }, who)),
    );
    for (const [i, answer] of answers.entries()) assert.equal(assertUser(answer).profile.name, names[i]);
    const { name, picture } = await stored(who);
    assert.equal(picture, `https://x.example/${name.slice(5)}`, "both values of one change");
    await renewed(origin, who.cookie);
  });
}
