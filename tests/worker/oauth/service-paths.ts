// The token of an OAuth client opens none of the service's own paths. Every row of the Worker's table of routes is tried.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { type Answer, ask } from "../../harness/http.ts";
import { PASSWORD } from "../../harness/visitor.ts";
import type { Durable } from "../durable/world.ts";
import { granted, ISSUER, redeem, tokens, user } from "./world.ts";

const source = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");

interface Row {
  method: string;
  path: string;
}

/** The rows of the table in edge-worker/src/service/routes.rs, one for each method. */
export async function table(): Promise<Row[]> {
  const constants = new Map(
    [...(await source("auth-core/src/wire/paths.rs")).matchAll(/^ {4}([A-Z_]+) = "([^"]+)";/gm)].map(
      ([, name = "", path = ""]) => [name, path],
    ),
  );
  const rows = [
    ...(await source("edge-worker/src/service/routes.rs")).matchAll(
      /^ {4}\w+ +\[([A-Z ]+)\] +(?:paths::([A-Z_]+)|"([^"]+)"), +\w+, +\w+ =>/gm,
    ),
  ];
  return rows.flatMap(([, methods = "", name, written]) => {
    const path = written ?? constants.get(name ?? "");
    assert.ok(path, `the path ${name}`);
    return methods.split(" ").map((method) => ({ method, path }));
  });
}

/** Content that the service reads before it asks who sends it, by path, or by method and path. */
const CONTENT: Record<string, object> = {
  "/auth/account": { current_password: PASSWORD },
  "/auth/api-keys": { name: "A key" },
  "/auth/api-keys/{id}": { name: "A name" },
  "/auth/email/change": { email: "other@example.com" },
  "/auth/email/change/verify": { code: "ABCDEFGH" },
  "/auth/email/code": { email: "other@example.com" },
  "/auth/email/verify": { code: "ABCDEFGH" },
  "/auth/passkeys": {
    credential: {
      ...{ id: "AAAA", rawId: "AAAA", type: "public-key", clientExtensionResults: {} },
      response: { clientDataJSON: "AAAA", attestationObject: "AAAA", authenticatorData: "AAAA", transports: [] },
    },
  },
  "/auth/passkeys/{id}": { name: "A name" },
  "/auth/password": { current_password: PASSWORD, new_password: `${PASSWORD} and more` },
  "/auth/profile": { name: "Another name" },
  "/auth/reauthenticate": { password: PASSWORD },
  "/auth/second-factor": { code: "123456" },
  "/auth/second-factor/totp/confirm": { code: "123456" },
  "/auth/ticket": { url: `${ISSUER}/page/x` },
  "/admin/users": { email: "other@example.com" },
  "/admin/users/{id}/roles": { roles: [] },
  "/admin/users/{id}/metadata": { metadata: {} },
  "/admin/users/{id}/api-keys": { name: "A key" },
  "/admin/users/{id}/api-keys/{key}": { name: "A name" },
  "/admin/clients": { client_name: "A client", redirect_uris: ["https://client.example/callback"] },
  "/admin/clients/{id}": { client_name: "A client", redirect_uris: ["https://client.example/callback"] },
  "DELETE /admin/clients/{id}": {},
  "/admin/keys/rotate": { purpose: "signing" },
};

/** Without a token they are for users without a session, with one for the session's user. */
const FOR_EITHER = new Set([
  "/auth/email/code",
  "/auth/passkey/options",
  "/auth/passkeys",
  "/auth/passkeys/options",
  "/auth/second-factor",
]);

/** They read no access token of the request. */
const WITHOUT_TOKENS = new Set([
  "/auth/email/change/undo",
  "/auth/email/code/verify",
  "/auth/methods",
  "/auth/passkey/sign-in",
  "/auth/password/forgot",
  "/auth/password/reset",
  "/auth/providers/{id}/callback",
  "/auth/providers/{id}/start",
  "/auth/refresh",
  "/auth/sign-in",
  "/auth/sign-out",
  "/auth/sign-up",
]);

/** They are for programs, with credentials of their own. */
const isForPrograms = (path: string) =>
  path.startsWith("/admin/") || ["/auth/revoke", "/auth/introspect", "/auth/token"].includes(path);

export function servicePaths(world: () => Durable): void {
  test("check_18 no path of the service's own accepts the token of an OAuth client", async () => {
    const who = await user(world());
    const scope = "openid profile email notes:read notes:write";
    const client = tokens(await redeem(world(), await granted(world(), who, { scope }))).access_token;
    const rows = (await table()).filter(({ path }) => /^\/(?:auth|admin)\//.test(path));
    assert.ok(rows.length > 70, `${rows.length} rows`);
    const send = ({ method, path }: Row, authorization?: string): Promise<Answer> => {
      const isGet = method === "GET" || method === "HEAD";
      const isForm = path === "/auth/revoke" || path === "/auth/introspect";
      const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
      return ask(world().origin, path.replace("{id}", "acme").replace("{key}", "key.abc"), {
        method,
        headers: {
          // As a page of the service's own, which may call whatever a page may call.
          ...(isForPrograms(path) ? {} : { Origin: ISSUER, "Latchkey-Client": "test/1" }),
          ...(isGet ? {} : { "Content-Type": type }),
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        ...(isGet
          ? {}
          : { body: isForm ? "token=x" : JSON.stringify(CONTENT[`${method} ${path}`] ?? CONTENT[path] ?? {}) }),
      });
    };
    for (const row of rows) {
      const what = `${row.method} ${row.path}`;
      const without = await send(row);
      for (const scheme of ["Bearer", "DPoP"]) {
        const answer = await send(row, `${scheme} ${client}`);
        if (WITHOUT_TOKENS.has(row.path)) {
          assert.equal(answer.status, without.status, `${what} ${answer.text}`);
          continue;
        }
        if (!FOR_EITHER.has(row.path)) assert.equal(without.status, 401, `${what} ${without.text}`);
        assert.ok([401, 403].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
        if (!isForPrograms(row.path))
          assert.match(answer.header("www-authenticate") ?? "", /error="(?:invalid_token|insufficient_scope)"/, what);
      }
    }
    // The same requests with the user's own token, so that the ones above were rejected because of the token.
    const list = (path: string) => send({ method: "GET", path }, `Bearer ${who.token}`);
    assert.equal((await list("/auth/sessions")).json().sessions.length, 1);
    assert.equal((await list("/auth/grants")).json().grants.length, 1);
    assert.deepEqual((await list("/auth/api-keys")).json().api_keys, []);
    for (const [method, path, status] of [
      ["POST", "/auth/ticket", 200],
      ["PATCH", "/auth/profile", 200],
      ["POST", "/auth/api-keys", 201],
      ["POST", "/auth/second-factor/totp", 200],
      ["POST", "/auth/reauthenticate", 200],
      ["DELETE", "/auth/account", 204],
    ] as const) {
      const answer = await send({ method, path }, `Bearer ${who.token}`);
      assert.equal(answer.status, status, `${method} ${path} ${answer.text}`);
    }
  });
}
