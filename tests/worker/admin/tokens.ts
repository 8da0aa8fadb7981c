// Check 43: every access token, however it was obtained, belongs to an active session, has an audience,
// expires, and has an id.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import type { Answer } from "../../harness/http.ts";
import { get, newEmail, post, refresh, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

export function tokens({ origin, admin }: World): void {
  test("check_43 every way to a token: an active session of its user, an audience, an expiry, an id of its own", async () => {
    const names = new Set<unknown>();
    const judge = async (what: string, answer: Answer | { json(): unknown }) => {
      const { access_token: token, session } = answer.json() as {
        access_token: string;
        session: { id: string; user: { id: string } };
      };
      const { sid, sub, aud, exp = 0, iat = 0, jti, iss, client_id } = decodeJwt(token);
      assert.deepEqual([sid, sub, iss], [session.id, session.user.id, origin], what);
      assert.ok(aud && client_id, `${what}: audience and client`);
      assert.ok(exp > iat && exp - iat <= 300, `${what}: ${exp - iat} s`);
      assert.ok(typeof jti === "string" && !names.has(jti), `${what}: ${jti}`);
      names.add(jti);
      const { sessions } = (await get(origin, "/auth/sessions", { token })).json();
      assert.deepEqual(
        sessions.filter(({ current }: { current: boolean }) => current).map(({ id }: { id: string }) => id),
        [sid],
        `${what}: its session is active`,
      );
      return token;
    };
    const who = await signUp(origin);
    await judge("sign-up", { json: () => who.body });
    const again = await signIn(origin, who);
    await judge("sign-in", { json: () => again.body });
    const token = await judge("refresh", await refresh(origin, again.cookie));
    const passwords = { current_password: who.password, new_password: "another good password" };
    await judge("password change", await post(origin, "/auth/password", passwords, { token }));

    const { one_time_password: password, user } = (await admin.post("", { email: newEmail("invited") })).json();
    const first = await signIn(origin, { email: user.email, password });
    await judge("one-time sign-in", { json: () => first.body });
    const chosen = { current_password: password, new_password: "a password of my own" };
    await judge("a password of one's own", await post(origin, "/auth/password", chosen, first));
    assert.equal(names.size, 6);
  });
}
