// Which users of the lab are deleted because no page uses them any more, with a service of two pages of accounts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteLeftovers } from "./leftovers.ts";

const NOW = 2_000_000_000;
const HOUR = 3600;

/** A service with these accounts, two for each page of the list, and what it was asked. */
function serviceOf(accounts: readonly { id: string; email: string; created_at: number }[]) {
  const asked: string[] = [];
  const admin = async (method: string, path: string) => {
    asked.push(`${method} ${path}`);
    if (method === "DELETE") return new Response(null, { status: 204 });
    const from = Number(/&cursor=(\d+)/.exec(path)?.[1] ?? 0);
    const next_cursor = from + 2 < accounts.length ? String(from + 2) : null;
    return Response.json({ users: accounts.slice(from, from + 2), next_cursor });
  };
  return { asked, service: { admin } };
}

test("leftovers: lab users older than an hour, of all visitors, on every page of the list; once an hour", async () => {
  const { asked, service } = serviceOf([
    { id: "old", email: "lab.0123456789abcdef.aaaa@lab.invalid", created_at: NOW - HOUR - 1 },
    { id: "recent", email: "lab.0123456789abcdef.bbbb@lab.invalid", created_at: NOW - HOUR + 1 },
    { id: "real", email: "lab.ada@example.com", created_at: NOW - 10 * HOUR },
    { id: "alike", email: "ada@lab.invalid", created_at: NOW - 10 * HOUR },
    { id: "other", email: "lab.fedcba9876543210.cccc@lab.invalid", created_at: NOW - 10 * HOUR },
  ]);
  await deleteLeftovers(service, NOW * 1000);
  assert.deepEqual(asked.splice(0), [
    "GET /admin/users?limit=100",
    "DELETE /admin/users/old",
    "GET /admin/users?limit=100&cursor=2",
    "GET /admin/users?limit=100&cursor=4",
    "DELETE /admin/users/other",
  ]);
  await deleteLeftovers(service, (NOW + HOUR - 1) * 1000);
  assert.deepEqual(asked, []);
  await deleteLeftovers(service, (NOW + HOUR) * 1000);
  assert.equal(asked[0], "GET /admin/users?limit=100");
});
