// Operations of programs with a credential, as scenarios in which every call fails once.
import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { basic, form, newCredential, operator } from "../../harness/operator.ts";
import { call, newEmail, PASSWORD } from "../../harness/visitor.ts";
import type { Case, Scenario } from "./scenario.ts";
import { type Durable, fromOurPage, listed, type Person, refresh } from "./world.ts";

const [admin, service] = [newCredential(), newCredential()];

/** The part of the configuration that they need. */
export const CREDENTIALS = { admin_credentials: [admin.hash], service_credentials: [service.hash] };

/** For a program with the admin credential. */
export const ADMIN = admin.secret;

export function operatorScenarios(world: () => Durable): Scenario[] {
  const program = () => operator(world().origin, admin.secret);
  const idOf = ({ token }: Person) => String(decodeJwt(token).sub);
  const strict = async ({ token }: Person) =>
    (await ask(world().origin, "/strict/x", { headers: { Authorization: `Bearer ${token}` } })).status;
  const signIn = (email: string, password: string) =>
    call(world().origin, "POST", "/auth/sign-in", { email, password }, fromOurPage);
  const signUp = (email: string) =>
    call(world().origin, "POST", "/auth/sign-up", { email, password: PASSWORD }, fromOurPage);

  const revoke = ({ token }: Person) =>
    form(world().origin, "/auth/revoke", { token }, { Authorization: basic(service.secret) });

  /** The session has ended, and the list of revocations contains it. */
  async function dead({ who, other }: Case, reason: "revoked" | "none"): Promise<void> {
    for (const one of [who, other]) {
      assertProblem(await refresh(world().origin, one.cookie), "session_ended", { reason });
      assert.equal(await strict(one), 401);
    }
    const entries = await listed(world());
    assert.ok(entries.some(({ kind, id }) => kind === "epoch" && id === idOf(who)));
  }

  async function gone(one: Case): Promise<void> {
    // A repeated deletion completes a partial one; if the deletion was complete, the account is not found.
    const answer = await program().del(`/${idOf(one.who)}`);
    if (answer.status !== 204) assertProblem(answer, "not_found");
    await dead(one, "none");
    assertProblem(await program().get(`/${idOf(one.who)}`), "not_found");
    assert.equal((await signUp(one.who.email)).status, 201, "the address is available");
  }

  return [
    {
      name: "an account created by an administrator",
      reads: true,
      act: (one) => {
        one.who = { ...one.who, email: newEmail() };
        return program().post("", { email: one.who.email });
      },
      status: 201,
      after: async ({ who: { email } }) => {
        const answer = await program().post("", { email });
        if (answer.status !== 201) assertProblem(answer, "email_taken");
        assert.equal((await program().get(`?email=${email}`)).json().users.length, 1);
      },
    },
    {
      name: "a role change",
      act: ({ who }) => program().put(`/${idOf(who)}/roles`, { roles: ["editor"] }),
      status: 200,
      after: async ({ who, other }) => {
        assert.equal((await program().put(`/${idOf(who)}/roles`, { roles: ["editor"] })).status, 200);
        for (const one of [who, other]) {
          assert.equal(await strict(one), 401, "older tokens are outdated");
          const renewed = await refresh(world().origin, one.cookie);
          assert.deepEqual(renewed.json().session.user.roles, ["editor"], "sessions continue");
        }
      },
    },
    {
      name: "metadata set by an administrator",
      act: ({ who }) => program().put(`/${idOf(who)}/metadata`, { metadata: { plan: "pro" } }),
      status: 200,
      after: async ({ who, other }) => {
        const answer = await program().put(`/${idOf(who)}/metadata`, { metadata: { plan: "pro" } });
        assert.equal(answer.status, 200, answer.text);
        for (const one of [who, other]) {
          assert.equal(await strict(one), 401, "older tokens are outdated");
          const renewed = await refresh(world().origin, one.cookie);
          assert.deepEqual(renewed.json().session.user.metadata, { plan: "pro" }, "sessions continue");
        }
        const entries = await listed(world());
        assert.ok(entries.some(({ kind, id }) => kind === "epoch" && id === idOf(who)));
      },
    },
    {
      name: "a disable",
      act: ({ who }) => program().post(`/${idOf(who)}/disable`),
      status: 200,
      after: async (one) => {
        assert.equal((await program().post(`/${idOf(one.who)}/disable`)).status, 200);
        await dead(one, "revoked");
        assertProblem(await signIn(one.who.email, PASSWORD), "invalid_credentials");
      },
    },
    {
      name: "a password reset",
      act: ({ who }) => program().post(`/${idOf(who)}/password`),
      status: 200,
      after: async (one) => {
        const answer = await program().post(`/${idOf(one.who)}/password`);
        assert.equal(answer.status, 200, answer.text);
        await dead(one, "revoked");
        assertProblem(await signIn(one.who.email, PASSWORD), "invalid_credentials");
        assert.equal((await signIn(one.who.email, answer.json().one_time_password)).status, 200);
      },
    },
    {
      name: "a deletion by an administrator",
      act: ({ who }) => program().del(`/${idOf(who)}`),
      status: 204,
      after: gone,
    },
    {
      name: "a deletion by its owner",
      act: ({ who: { token } }) =>
        call(world().origin, "DELETE", "/auth/account", { current_password: PASSWORD }, { ...fromOurPage, token }),
      status: 204,
      after: gone,
    },
    {
      name: "the revocation of one token by a service",
      act: ({ who }) => revoke(who),
      status: 200,
      after: async ({ who, other }) => {
        const answer = await revoke(who);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(await strict(who), 401);
        const { jti } = decodeJwt(who.token);
        assert.ok(
          (await listed(world())).some(({ kind, id }) => kind === "token" && id === jti),
          "the list contains it",
        );
        assert.equal(await strict(other), 200);
        assert.equal((await refresh(world().origin, who.cookie)).status, 200, "the session continues");
      },
    },
    {
      name: "an introspection",
      reads: true,
      act: ({ who: { token } }) =>
        form(world().origin, "/auth/introspect", { token }, { Authorization: basic(service.secret) }),
      status: 200,
      after: async ({ who: { token } }) => {
        const answer = await form(
          world().origin,
          "/auth/introspect",
          { token },
          { Authorization: basic(service.secret) },
        );
        assert.equal(answer.json().active, true, "a failure does not affect the token");
      },
    },
  ];
}
