// What docs/deploy states about a deployed Worker, on a Worker with an https issuer and closed sign-up. The commands of
// docs/deploy/first-admin.md are run as they are, with another origin.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assertProblem } from "../harness/contract.ts";
import { startEcho } from "../harness/echo.ts";
import { startStack } from "../harness/stack.ts";
import { get, newEmail, PASSWORD, post, signIn } from "../harness/visitor.ts";

const document = await readFile(fileURLToPath(new URL("../../docs/deploy/first-admin.md", import.meta.url)), "utf8");
const [credential = "", creation = "", ...more] = [...document.matchAll(/^```sh\n(.*?)^```/gms)].map(
  ([, code = ""]) => code,
);
const sh = async (script: string) => (await promisify(execFile)("bash", ["-euc", script])).stdout;

const [hash = "", secret = ""] = (await sh(`${credential}\necho "$secret"`))
  .split("\n")
  .map((line) => line.split(" ")[0]);
const PREVIEW = "https://preview.acme.dev";
const LISTED = "https://www.acme.dev";
const OTHER_SITE = "https://feature.acme.pages.dev";
const echo = await startEcho();
const stack = await startStack({
  config: {
    issuer: PREVIEW,
    audience: `${PREVIEW}/api`,
    sign_up: "closed",
    allowed_origins: [LISTED, OTHER_SITE],
    admin_credentials: [hash],
    upstreams: { api: { url: echo.origin } },
    routes: [{ path: "/api/admin/*", methods: ["GET"], access: "token", roles: ["admin"], upstream: "api" }],
  },
});
after(() => Promise.all([stack.stop(), echo.stop()]));
const { origin } = stack;
const page = { headers: { Origin: PREVIEW } };

/** Runs the document's command, and chooses the user's password. */
async function create(email: string, roles: string[]) {
  const command = creation
    .replaceAll("https://app.example.com", origin)
    .replace("ada@example.com", email)
    .replace('["admin"]', JSON.stringify(roles));
  const { user, one_time_password: password } = JSON.parse(await sh(`secret='${secret}'\n${command}`));
  assert.deepEqual([user.email, user.roles], [email, roles]);
  const first = await signIn(origin, { email, password }, page);
  const change = { current_password: password, new_password: PASSWORD };
  const changed = await post(origin, "/auth/password", change, { token: first.token, ...page });
  assert.equal(changed.status, 200, changed.text);
  return changed.json().access_token as string;
}

test("first admin: the documented commands create a user whose role opens a route that is closed to others", async () => {
  assert.equal(more.length, 0, "each command of the document is run");
  const sign = { email: newEmail(), password: PASSWORD };
  assertProblem(await post(origin, "/auth/sign-up", sign, page), "sign_up_closed");
  const [admin, other] = [await create("ada@example.com", ["admin"]), await create(newEmail(), [])];
  assert.equal((await get(origin, "/api/admin/x", { token: admin })).status, 200);
  assertProblem(await get(origin, "/api/admin/x", { token: other }), "insufficient_scope");
  const again = await signIn(origin, { email: "ada@example.com", password: PASSWORD }, page);
  assert.deepEqual(again.body.session.user.roles, ["admin"]);
});

test("previews: pages of the Worker's own origin and of listed ones of its site sign in, no others", async () => {
  const email = newEmail();
  await create(email, []);
  const attempt = (from: string, site: string) =>
    post(origin, "/auth/sign-in", { email, password: PASSWORD }, { headers: { Origin: from, "Sec-Fetch-Site": site } });
  assert.equal((await attempt(PREVIEW, "same-origin")).status, 200);
  assert.equal((await attempt(LISTED, "same-site")).status, 200);
  for (const [from, site] of [
    ["https://feature.acme.dev", "same-site"],
    [OTHER_SITE, "cross-site"],
    ["https://latchkey.acme.workers.dev", "same-origin"],
    ["http://localhost:5173", "cross-site"],
  ] as const)
    assertProblem(await attempt(from, site), "request_forgery", { what: from });
});
