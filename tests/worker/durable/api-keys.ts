// API keys, as scenarios in which every call fails once.
import assert from "node:assert/strict";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { call } from "../../harness/visitor.ts";
import type { Scenario } from "./scenario.ts";
import { bearer, type Durable, fromOurPage, listed, METHODS, type Person } from "./world.ts";

const PATH = "/auth/api-keys";

/** The part of the configuration that they need, with the routes of the other scenarios. */
export const API_KEYS = {
  api_keys: {},
  routes: [
    { path: "/strict/*", methods: METHODS, access: ["token", "api-key"], revocation: "strict", upstream: "echo" },
    { path: "/key/*", methods: METHODS, access: "api-key", revocation: "1s", upstream: "echo" },
    { path: "/page/*", methods: METHODS, access: "session", revocation: "none", upstream: "echo" },
  ],
};

export function apiKeyScenarios(world: () => Durable): Scenario[] {
  const send = (method: string, path: string, body: unknown, { token }: Person) =>
    call(world().origin, method, path, body, { ...fromOurPage, token });
  const list = async (one: Person): Promise<{ id: string }[]> =>
    (await send("GET", PATH, undefined, one)).json().api_keys;
  const use = (path: string, key: string) => ask(world().origin, path, bearer(key));
  const exchange = (key: string) => ask(world().origin, "/auth/token", { ...bearer(key), method: "POST" });
  const made = new Map<string, { id: string; key: string }>();

  /** The person's key, which is created before the calls fail. */
  async function keyOf(one: Person): Promise<{ id: string; key: string }> {
    const known = made.get(one.session);
    if (known) return known;
    const answer = await send("POST", PATH, { name: "x" }, one);
    assert.equal(answer.status, 201, answer.text);
    const { key, api_key } = answer.json();
    made.set(one.session, { id: api_key.id, key });
    return { id: api_key.id, key };
  }

  return [
    {
      name: "an API key created",
      act: ({ who }) => send("POST", PATH, { name: "x" }, who),
      status: 201,
      after: async ({ who }, failed) => {
        const before = (await list(who)).length;
        assert.ok(before <= 1, "no call creates two keys");
        assert.ok(failed || before === 1);
        const { key } = await keyOf(who);
        assert.equal((await use("/strict/x", key)).status, 200);
        assert.equal((await list(who)).length, before + 1);
      },
    },
    {
      name: "an API key used on a strict route",
      reads: true,
      prepare: async ({ who }) => void (await keyOf(who)),
      act: async ({ who }) => use("/strict/x", (await keyOf(who)).key),
      status: 200,
      after: async ({ who }) => assert.equal((await use("/strict/x", (await keyOf(who)).key)).status, 200),
    },
    {
      // Each case has a key that the isolate does not know yet.
      name: "an API key used on a route with a bound",
      prepare: async ({ who }) => void (await keyOf(who)),
      act: async ({ who }) => use("/key/x", (await keyOf(who)).key),
      status: 200,
      after: async ({ who }) => assert.equal((await use("/key/x", (await keyOf(who)).key)).status, 200),
    },
    {
      name: "an API key exchanged for a token",
      reads: true,
      prepare: async ({ who }) => void (await keyOf(who)),
      act: async ({ who }) => exchange((await keyOf(who)).key),
      status: 200,
      after: async ({ who }) => {
        const { access_token } = (await exchange((await keyOf(who)).key)).json();
        assert.equal((await use("/strict/x", access_token)).status, 200);
      },
    },
    {
      name: "an API key revoked",
      prepare: async ({ who }) => void (await keyOf(who)),
      act: async ({ who }) => send("DELETE", `${PATH}/${(await keyOf(who)).id}`, undefined, who),
      status: 204,
      after: async ({ who }) => {
        const { id, key } = await keyOf(who);
        const again = await send("DELETE", `${PATH}/${id}`, undefined, who);
        if (again.status !== 204) assertProblem(again, "not_found");
        assertProblem(await use("/strict/x", key), "invalid_token");
        assert.ok(
          (await listed(world())).some((entry) => entry.kind === "session" && entry.id === id),
          "the list of revocations contains it",
        );
        assert.equal((await ask(world().origin, "/strict/x", bearer(who.token))).status, 200, "the session continues");
      },
    },
  ];
}
