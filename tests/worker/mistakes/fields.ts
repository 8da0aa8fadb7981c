// `invalid_request` names the invalid field: a member of the body, a parameter of a form or a query, or a header.
import { assertProblem } from "../../harness/contract.ts";
import type { Answer } from "../../harness/http.ts";
import { form, type Operator } from "../../harness/operator.ts";
import { newEmail, PASSWORD, post } from "../../harness/visitor.ts";
import { type Durable, fromOurPage, person } from "../durable/world.ts";

interface World {
  readonly world: Durable;
  readonly admin: Operator;
  /** The secret of a service's credential. */
  readonly service: string;
}

/** Every route that reads a body, a form or a query, and what is invalid in the request. `null`: no single field. */
export async function fields({ world, admin, service }: World): Promise<void> {
  const { origin } = world;
  const who = await person(origin);
  const email = newEmail();
  const bearer = { token: who.token, headers: fromOurPage.headers };
  const ask = (path: string, body: unknown) => post(origin, path, body, bearer);
  const created = await admin.post("", { email: newEmail() });
  const { id } = created.json().user;
  const basic = { Authorization: `Bearer ${service}` };
  const rows: [what: string, answer: Promise<Answer>, field: string | null][] = [
    ["a missing password", ask("/auth/sign-up", { email }), "password"],
    ["no members", ask("/auth/sign-up", {}), "email"],
    ["an unknown member", ask("/auth/sign-up", { email, password: PASSWORD, admin: true }), "admin"],
    ["an unknown member with a dot", ask("/auth/sign-up", { email, password: PASSWORD, "a.b": 1 }), '["a.b"]'],
    ["a number", ask("/auth/sign-up", { email, password: 12345678 }), "password"],
    ["an invalid address", ask("/auth/sign-up", { email: "ada", password: PASSWORD }), "email"],
    ["a short password", ask("/auth/sign-up", { email, password: "short" }), "password"],
    ["a common password", ask("/auth/sign-up", { email, password: "password123" }), "password"],
    ["a list", ask("/auth/sign-up", []), null],
    ["sign-in", ask("/auth/sign-in", { email: "ada", password: PASSWORD }), "email"],
    ["refresh", ask("/auth/refresh", { scope: "local" }), "scope"],
    ["sign-out", ask("/auth/sign-out", { scope: "Local" }), "scope"],
    ["reauthenticate", ask("/auth/reauthenticate", { password: 7 }), "password"],
    ["reauthenticate with nothing", ask("/auth/reauthenticate", { password: null }), null],
    ["a new password", ask("/auth/password", { current_password: PASSWORD, new_password: "x" }), "new_password"],
    ["the present password", ask("/auth/password", { new_password: PASSWORD }), "current_password"],
    ["a URL without a route", ask("/auth/ticket", { url: "https://elsewhere.example/x" }), "url"],
    ["introspect", form(origin, "/auth/introspect", { tokens: "x" }, basic), "token"],
    ["revoke", form(origin, "/auth/revoke", {}, basic), "token"],
    ["a user", admin.post("", { email: "ada" }), "email"],
    ["a user's roles", admin.post("", { email, roles: ["a", "b c"] }), "roles[1]"],
    ["a role that is a number", admin.post("", { email, roles: ["a", 1] }), "roles[1]"],
    ["an imported hash", admin.post("", { email, password_hash: "md5$x" }), "password_hash"],
    ["a key for repetitions", admin.call("POST", "", { email }, { "Idempotency-Key": "short" }), "Idempotency-Key"],
    ["a query", admin.get("?email=ada"), "email"],
    ["a query with two names", admin.get("?email=ada@example.com&external_id=x"), null],
    ["roles", admin.put(`/${id}/roles`, { roles: ["a", "a"] }), "roles[1]"],
    ["no roles", admin.put(`/${id}/roles`, {}), "roles"],
    ["a one-time password", admin.post(`/${id}/password`, { password: "short" }), "password"],
    ["an unknown member of an optional body", admin.post(`/${id}/disable`, { reason: "x" }), "reason"],
  ];
  for (const [what, answer, field] of rows) assertProblem(await answer, "invalid_request", { field, what });
}
