// Clients that are stored: those of administrators, and those that register themselves.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { type Answer, ask } from "../../harness/http.ts";
import { logged, newCredential } from "../../harness/operator.ts";
import { until } from "../../harness/until.ts";
import type { Durable } from "../durable/world.ts";
import { push, REQUEST } from "./pushing.ts";
import { ADMIN, assertOAuthError, CALLBACK, send } from "./world.ts";

const WEB = {
  client_name: "Stored",
  redirect_uris: [CALLBACK],
  grant_types: ["authorization_code", "refresh_token"],
  token_endpoint_auth_method: "client_secret_basic",
  scope: "notes:read",
};

export function registered(world: () => Durable): void {
  const admin = (method: string, path = "", body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(world().origin, `/admin/clients${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${ADMIN.secret}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const create = async (metadata: object = WEB) => {
    const answer = await admin("POST", "", metadata);
    assert.equal(answer.status, 201, answer.text);
    return answer.json();
  };
  const works = async (client_id: string, client_secret?: string) => {
    const answer = await push(world(), { client_id, ...(client_secret === undefined ? {} : { client_secret }) });
    if (answer.status !== 201) assertOAuthError(answer, "invalid_client", 401);
    return answer.status === 201;
  };

  test("an isolate asks for a registered client at most every 10 seconds, and each time before it issues tokens", async () => {
    // The object itself is changed, as by another isolate.
    const clients = (call: unknown) => world().object("CLIENTS", "clients", call);
    const authorize = (client_id: string) => {
      const query = new URLSearchParams({ ...REQUEST, client_id });
      return ask(world().origin, `/oauth/authorize?${query}`);
    };
    const counted = async (act: () => Promise<unknown>) => {
      await world().fault(null);
      await act();
      return (await world().seen()).filter((call) => call === "call CLIENTS").length;
    };
    const now = Date.now();
    await world().clock(now);
    try {
      const grant_types = ["authorization_code", "client_credentials"];
      const { client_id, client_secret } = await create({ ...WEB, grant_types });
      const own = (secret: string) =>
        send(world(), "/oauth/token", { grant_type: "client_credentials", client_id, client_secret: secret });
      const first = await counted(() => authorize(client_id));
      const more = await counted(async () => {
        for (let i = 0; i < 5; i += 1) assert.equal((await authorize(client_id)).status, 200);
        for (let i = 0; i < 5; i += 1) assert.ok(await works(client_id, client_secret));
        for (const path of ["/oauth/introspect", "/oauth/revoke"])
          assert.equal((await send(world(), path, { token: "x", client_id, client_secret })).status, 200, path);
      });
      assert.deepEqual([first, more], [1, 0]);
      assert.equal(await counted(async () => assert.equal((await own(client_secret)).status, 200)), 1);

      // A secret that was added elsewhere counts at once, and a wrong one is asked about.
      const added = "another-secret-of-the-same-client-with-many-bits";
      await clients({ AddSecret: { id: client_id, sha256: createHash("sha256").update(added).digest("hex") } });
      assert.ok(await works(client_id, added));
      assert.ok(!(await works(client_id, "wrong")));

      // The earlier secret gets no token from now on, and is accepted at the other paths for 10 seconds at most.
      await authorize(client_id);
      await clients({ EndEarlierSecrets: { id: client_id } });
      await world().clock(now + 9_999);
      assert.ok(await works(client_id, client_secret));
      assertOAuthError(await own(client_secret), "invalid_client", 401);
      assert.ok(!(await works(client_id, client_secret)), "that answer is the isolate's copy now");
      assert.equal((await own(added)).status, 200);

      // Deleted elsewhere: no tokens from now on, and no page for 10 seconds at most.
      await clients({ DeleteClient: { id: client_id } });
      await world().clock(now + 19_998);
      assert.equal((await authorize(client_id)).status, 200);
      assert.ok(await works(client_id, added));
      await world().clock(now + 19_999);
      assert.ok(!(await works(client_id, added)));
      assert.equal((await authorize(client_id)).status, 400);
      assertOAuthError(await own(added), "invalid_client", 401);
    } finally {
      await world().clock(null);
    }
  });

  test("an administrator registers, views, changes and deletes a client; its secret is shown once", async () => {
    const { client_id, client_secret, client_id_issued_at, ...rest } = await create();
    assert.match(client_id, /^c\.[\w-]{22}$/);
    assert.match(client_secret, /^[\w-]{43}$/);
    assert.ok(Math.abs(client_id_issued_at - Date.now() / 1000) < 30);
    const view = {
      ...{ ...WEB, response_types: ["code"], application_type: "web", dpop_bound_access_tokens: false },
      ...{ secrets: 1, dynamic: false },
    };
    assert.deepEqual(rest, view);
    assert.ok((await works(client_id, client_secret)) && !(await works(client_id)));
    const path = `/${client_id}`;
    assert.deepEqual((await admin("GET", path)).json(), { client_id, client_id_issued_at, ...view });
    const listed = (await admin("GET", "?limit=100")).json();
    assert.ok(listed.clients.some((client: { client_id: string }) => client.client_id === client_id));
    assert.ok(!JSON.stringify(listed).includes(client_secret));
    const changed = await admin("PUT", path, { ...WEB, client_name: "Changed", scope: "notes:write" });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.json(), {
      ...{ client_id, client_id_issued_at, ...view },
      ...{ client_name: "Changed", scope: "notes:write" },
    });
    assertOAuthError(await push(world(), { client_id, client_secret }), "invalid_scope");
    const public_ = await admin("PUT", path, { ...WEB, token_endpoint_auth_method: "none" });
    assert.equal(public_.json().secrets, 0);
    assert.ok((await works(client_id)) && !(await works(client_id, client_secret)));
    const again = (await admin("PUT", path, WEB)).json().client_secret;
    assert.notEqual(again, client_secret);
    assert.ok((await works(client_id, again)) && !(await works(client_id, client_secret)));
    assert.equal((await admin("DELETE", path)).status, 204);
    assert.ok(!(await works(client_id, again)));
    for (const method of ["GET", "DELETE"]) assertProblem(await admin(method, path), "not_found");
    assertProblem(await admin("PUT", path, WEB), "not_found");
    for (const event of ["client_registered", "client_changed", "client_deleted", "clients_read"])
      await until(event, () =>
        logged(world().logs()).some((one) => one.event === event && one.by === "admin" && one.credential?.length === 8),
      );
    for (const secret of [client_secret, again]) assert.ok(!world().logs().includes(secret), "no secret in the log");
  });

  test("a secret is replaced without an interruption", async () => {
    const { client_id, client_secret } = await create();
    const path = `/${client_id}`;
    const second = (await admin("POST", `${path}/secret`)).json();
    assert.equal(second.secrets, 2);
    assert.ok((await works(client_id, client_secret)) && (await works(client_id, second.client_secret)));
    const third = (await admin("POST", `${path}/secret`)).json();
    assert.equal(third.secrets, 2);
    assert.ok(!(await works(client_id, client_secret)), "the newest of the earlier ones stays valid");
    assert.ok(await works(client_id, second.client_secret));
    assert.equal((await admin("DELETE", `${path}/earlier-secrets`)).status, 204);
    assert.ok((await works(client_id, third.client_secret)) && !(await works(client_id, second.client_secret)));
    const open = await create({ ...WEB, token_endpoint_auth_method: "none" });
    assert.equal(open.client_secret, undefined);
    assertProblem(await admin("POST", `/${open.client_id}/secret`), "invalid_request");
  });

  test("a request with an Idempotency-Key can be repeated, and returns the same secret", async () => {
    const key = newCredential().secret;
    const send = (metadata: object) => admin("POST", "", metadata, { "Idempotency-Key": key });
    const first = await send(WEB);
    assert.equal(first.status, 201, first.text);
    assert.deepEqual((await send(WEB)).json(), first.json());
    const other = await send({ ...WEB, client_name: "Other" });
    assertProblem(other, "invalid_request");
    assert.equal(other.json().field, "Idempotency-Key");
    const { client_id, client_secret } = first.json();
    assert.ok(await works(client_id, client_secret));
    for (let i = 0; i < 2; i++) await admin("POST", `/${client_id}/secret`);
    assert.equal((await send(WEB)).json().client_secret, undefined, "the first secret was replaced");
  });

  test("the list has every client once, in pages", async () => {
    for (let i = 0; i < 3; i++) await create();
    const found: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Answer = await admin("GET", `?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
      assert.equal(page.status, 200, page.text);
      found.push(...page.json().clients.map(({ client_id }: { client_id: string }) => client_id));
      cursor = page.json().next_cursor;
    }
    const all = (await admin("GET", "?limit=100")).json().clients;
    assert.deepEqual(
      found,
      all.map(({ client_id }: { client_id: string }) => client_id),
    );
    assert.ok(found.length >= 3);
    for (const query of ["?limit=0", "?limit=101", "?limit=x", "?page=1"])
      assertProblem(await admin("GET", query), "invalid_request", { what: query });
  });

  test("metadata that is invalid, and calls without an administrator's credential, are rejected", async () => {
    for (const [field, metadata] of [
      ["scope", { ...WEB, scope: "notes:read unknown" }],
      ["redirect_uris", { ...WEB, redirect_uris: ["http://client.example/"] }],
      ["redirect_uris", { ...WEB, redirect_uris: [] }],
      [undefined, { ...WEB, client_name: "" }],
      [undefined, { ...WEB, grant_types: ["password"] }],
      [undefined, { ...WEB, token_endpoint_auth_method: "tls_client_auth" }],
      [undefined, { ...WEB, token_endpoint_auth_method: "none", grant_types: ["client_credentials"] }],
    ] as const) {
      const answer = await admin("POST", "", metadata);
      assertProblem(answer, "invalid_request", { what: JSON.stringify(metadata) });
      assert.equal(answer.json().field, field, answer.text);
    }
    for (const [method, path] of [
      ["POST", ""],
      ["GET", ""],
      ["GET", "/c.x"],
      ["PUT", "/c.x"],
      ["DELETE", "/c.x"],
      ["POST", "/c.x/secret"],
      ["DELETE", "/c.x/earlier-secrets"],
    ] as const) {
      const body = method === "PUT" || (method === "POST" && path === "") ? WEB : undefined;
      const wrong = { Authorization: `Bearer ${newCredential().secret}` };
      assertProblem(await admin(method, path, body, wrong), "invalid_token", { what: `${method} ${path}` });
    }
  });

  test("a client registers itself, without a secret and without grants of its own", async () => {
    const register = (metadata: object) =>
      ask(world().origin, "/oauth/register", {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: "https://tool.example" },
        body: JSON.stringify(metadata),
      });
    const answer = await register({
      ...{ client_name: "A tool", redirect_uris: ["http://localhost:3000/callback"], logo_uri: "https://x.example/l" },
      grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.header("access-control-allow-origin"), "*");
    const { client_id, client_id_issued_at, ...rest } = answer.json();
    assert.match(client_id, /^c\.[\w-]{22}$/);
    assert.ok(client_id_issued_at > 0);
    assert.deepEqual(rest, {
      ...{ client_name: "A tool", redirect_uris: ["http://localhost:3000/callback"], response_types: ["code"] },
      ...{ grant_types: ["authorization_code", "refresh_token"], scope: "notes:read notes:write" },
      ...{ application_type: "native", token_endpoint_auth_method: "none", dpop_bound_access_tokens: false },
    });
    const pushed = await push(world(), { client_id, redirect_uri: "http://localhost:4711/callback" });
    assert.equal(pushed.status, 201, pushed.text);
    for (const [metadata, error] of [
      [{ redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
      [{}, "invalid_redirect_uri"],
      [{ redirect_uris: [CALLBACK], token_endpoint_auth_method: "client_secret_basic" }, "invalid_client_metadata"],
      [{ redirect_uris: [CALLBACK], grant_types: ["client_credentials"] }, "invalid_client_metadata"],
      [{ redirect_uris: CALLBACK }, "invalid_client_metadata"],
    ] as const)
      assertOAuthError(await register(metadata), error, 400, JSON.stringify(metadata));
    const stored = await world().look(
      "CLIENTS",
      "clients",
      "SELECT id, used_at > created_at AS used FROM client WHERE dynamic = 1",
    );
    assert.deepEqual(stored, [{ id: client_id, used: 1 }]);
    // An administrator can change it, but not into what a client that has registered itself can't be.
    for (const more of [
      { token_endpoint_auth_method: "client_secret_basic" },
      { grant_types: ["client_credentials"] },
    ]) {
      const metadata = { client_name: "A tool", redirect_uris: ["http://localhost:3000/callback"], ...more };
      assertProblem(await admin("PUT", `/${client_id}`, metadata), "invalid_request", { what: JSON.stringify(more) });
    }
    assert.equal((await push(world(), { client_id, redirect_uri: "http://localhost:4711/callback" })).status, 201);
    assert.notEqual(await world().look("CLIENTS", "clients", "alarm"), null, "unused ones are deleted");
  });
}
