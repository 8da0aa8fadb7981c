// Check 45, second half: no secret is in anything that the Worker logs or stores. Secrets are planted
// everywhere a client can put one, and searched for in the whole output, in every list of events, and in
// every file of the stores.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertDeviceCookie, COOKIE } from "../../harness/contract.ts";
import { rotated } from "../../harness/family.ts";
import { ask } from "../../harness/http.ts";
import { basic, form } from "../../harness/operator.ts";
import { formsOf, storedUnder } from "../../harness/stored.ts";
import { openStream } from "../../harness/tickets.ts";
import { until } from "../../harness/until.ts";
import { call, get, post, refresh, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

const made = (what: string) => `${what} ${randomBytes(12).toString("base64url")}`;

export function canary({ origin, stack, admin, admins, services }: World): void {
  test("check_45_check_30 no secret is in any log line, any event, or any store; other values are found there", async () => {
    const secrets = new Map<string, string>();
    const plant = (what: string, secret = made(what)) => {
      secrets.set(what, secret);
      return secret;
    };
    const keep = (what: string, { cookie, token }: { cookie: string; token: string }) => {
      const value = cookie.slice(COOKIE.length + 1);
      plant(`${what}: cookie`, value);
      plant(`${what}: the cookie's secret`, value.split(".")[4]);
      plant(`${what}: token`, token);
      plant(`${what}: the token's signature`, token.split(".")[2]);
    };
    const marker = `marker/${randomBytes(9).toString("base64url")}`;

    const who = await signUp(origin, { password: plant("password") });
    const { id } = who.body.session.user;
    keep("signed up", who);
    const other = await signIn(origin, who, { headers: { "User-Agent": marker } });
    keep("signed in", other);
    const { email } = who;
    const third = await post(origin, "/auth/sign-in", { email, password: who.password });
    plant("device cookie", assertDeviceCookie(third).value);
    await post(origin, "/auth/sign-in", { email, password: plant("wrong password") });
    await post(origin, "/auth/sign-in", {
      email: "unknown@example.com",
      password: plant("the unknown user's password"),
    });
    await post(origin, "/auth/sign-in", { email, password: plant("too long a password") + "x".repeat(128) });
    await post(origin, "/auth/sign-in", { email: plant("a password in the wrong field"), password: "whatever it is" });
    await call(origin, "POST", "/auth/sign-in", { email, password: [plant("a password in a list")] });

    const second = await rotated(origin, other.cookie);
    keep("rotated", { cookie: second, token: other.token });
    await refresh(origin, other.cookie, { "User-Agent": "another program" });
    keep("again", { cookie: await rotated(origin, second), token: other.token });
    await refresh(origin, other.cookie);

    // Rejected tokens and cookies, in every place that can carry one.
    const forged = who.token.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    plant("forged token", forged);
    await get(origin, "/strict/x", { token: forged });
    await get(origin, "/auth/sessions", { token: forged });
    await get(origin, `/strict/x?access_token=${who.token}&password=${encodeURIComponent(plant("in a query"))}`);
    await get(origin, "/auth/verify", {
      cookie: `${COOKIE}=${plant("malformed cookie", randomBytes(24).toString("hex"))}`,
    });
    await refresh(origin, who.cookie.replace(/[^.]+$/, plant("made-up secret", randomBytes(32).toString("base64url"))));
    await ask(origin, "/strict/x", { headers: { Authorization: basic(plant("another user's Basic password")) } });

    // Tickets: one that is used twice, and one that is presented with another path.
    for (const [i, target] of ["/strict/x", "/strict/y"].entries()) {
      const asked = await post(origin, "/auth/ticket", { url: `${origin}/strict/x?${marker}` }, who);
      const query = new URL(asked.json().url).search;
      plant(`ticket ${i}`, query.split("=").at(-1));
      plant(`ticket ${i}: its secret`, query.split(".").at(-1));
      for (const status of [i === 0 ? 200 : 401, 401])
        assert.equal((await openStream(origin, `${target}${query}`, { Origin: origin })).status, status, target);
    }

    // Calls of programs.
    const [service] = services;
    for (const [i, { secret }] of [...admins, ...services].entries()) plant(`credential ${i}`, secret);
    const Authorization = basic(service?.secret ?? "");
    plant("the credential as it is sent", Authorization.split(" ")[1]);
    await form(origin, "/auth/introspect", { token: who.token }, { Authorization });
    await form(origin, "/auth/introspect", { token: plant("introspected") }, { Authorization });
    await form(origin, "/auth/introspect", { token: who.token }, { Authorization: basic(plant("wrong credential")) });
    await admin.call("GET", `/${id}`, undefined, {
      Authorization: `Bearer ${plant("wrong admin credential", randomBytes(24).toString("hex"))}`,
    });
    await form(origin, "/auth/revoke", { token: who.token }, { Authorization });

    // Passwords that are set by an administrator or changed by the user.
    const fresh = await signIn(origin, who);
    const next = plant("next password");
    await post(
      origin,
      "/auth/password",
      { current_password: plant("wrong current password"), new_password: next },
      fresh,
    );
    await post(origin, "/auth/password", { current_password: who.password, new_password: next }, fresh);
    await admin.put(`/${id}/roles`, { roles: ["reader"] });
    await admin.post(`/${id}/password`, { password: plant("given one-time password") });
    plant("one-time password", (await admin.post(`/${id}/password`)).json().one_time_password);
    const once = await signIn(origin, { email, password: secrets.get("one-time password") ?? "" });
    keep("once", once);
    await form(origin, "/auth/revoke", { token: once.cookie.slice(COOKIE.length + 1) }, { Authorization });
    await admin.post("", { email: `x.${email}`, password_hash: plant("no hash at all") });
    const invited = (await admin.post("", { email: `y.${email}` })).json();
    plant("invited with", invited.one_time_password);
    const key = plant("idempotency key", randomBytes(24).toString("base64url"));
    const repeatable = await admin.call("POST", "", { email: `z.${email}` }, { "Idempotency-Key": key });
    plant("invited repeatably with", repeatable.json().one_time_password);
    await call(
      origin,
      "DELETE",
      "/auth/account",
      { current_password: plant("to delete with") },
      { token: fresh.token },
    );

    const files = await until("the stores have the marker", async () => {
      const contents = await storedUnder(stack.persist);
      return contents.some((content) => content.includes(marker)) && contents;
    });
    const places = new Map<string, Buffer>([
      ["the output", Buffer.from(stack.logs())],
      ["the events", Buffer.from(JSON.stringify([await admin.events(id), await admin.events(invited.user.id)]))],
      ["the stores", Buffer.concat(files)],
    ]);
    for (const [place, content] of places) {
      const written = place === "the stores" ? marker : `"user_agent":"${marker}"`;
      assert.ok(content.includes(written), `a value that is not secret is found in ${place}, so a secret would be too`);
    }
    assert.ok(places.get("the stores")?.includes(email), "an address is found in the stores");

    const found: string[] = [];
    for (const [what, secret] of secrets) {
      for (const form of formsOf(secret))
        for (const [place, content] of places) if (content.includes(form)) found.push(`${what} in ${place}`);
      if (/^[\w-]{43}$/.test(secret) && places.get("the stores")?.includes(Buffer.from(secret, "base64url")))
        found.push(`${what} as bytes in the stores`);
    }
    assert.deepEqual(found, [], `${secrets.size} secrets`);
    assert.ok(secrets.size > 40, `${secrets.size} secrets`);
  });
}
