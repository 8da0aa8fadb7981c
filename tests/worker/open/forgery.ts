// Check 34: the forgery guard's whole matrix, compared with a model of the contract's sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, DEVICE_COOKIE } from "../../harness/contract.ts";
import { ask, type HeaderList } from "../../harness/http.ts";
import { newEmail, ownPage, PASSWORD, renewed, signIn, signUp } from "../../harness/visitor.ts";
import { LISTED, type World } from "./world.ts";

const SITES = [undefined, "same-origin", "same-site", "cross-site", "none"] as const;
const TYPES = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
] as const;
const CLIENTS = ["latchkey-tests/1", undefined] as const;

interface Case {
  site: (typeof SITES)[number];
  from: string | undefined;
  client: string | undefined;
  cookie: boolean;
}

export function forgery({ origin }: World): void {
  const listed = (from: string) => from === origin || (LISTED as readonly string[]).includes(from);
  const ORIGINS = [undefined, origin, LISTED[0], "https://evil.example", "null"] as const;

  /** DESIGN.md, section 2, "Forgery guard". */
  const allowed = ({ site, from, client, cookie }: Case): boolean => {
    if (client === undefined) return false; // "every POST/DELETE needs the header Latchkey-Client"
    if (from !== undefined && !listed(from)) return false; // "Whatever Origin is present must be allow-listed"
    if (site === "same-origin") return true;
    if (site === "same-site") return from !== undefined; // "same-site with an allow-listed Origin"
    if (site !== undefined) return false;
    if (from !== undefined) return true; // "No Sec-Fetch-Site: Origin must be allow-listed"
    return !cookie; // "Neither, and a cookie present: refused; neither and no cookie (a command line): allowed"
  };

  const send = (
    method: string,
    path: string,
    { site, from, client }: Omit<Case, "cookie">,
    more: HeaderList,
    body?: string,
  ) => {
    const headers: HeaderList = [...more];
    if (site !== undefined) headers.push(["Sec-Fetch-Site", site]);
    if (from !== undefined) headers.push(["Origin", from]);
    if (client !== undefined) headers.push(["Latchkey-Client", client]);
    return ask(origin, path, { method, headers, ...(body === undefined ? {} : { body }) });
  };

  test("check_34 forgery matrix: Sec-Fetch-Site x Origin x Content-Type x client header x cookie, POST and DELETE", async () => {
    const who = await signUp(origin);
    const dead = await signIn(origin, who);
    assert.equal(
      (
        await send("POST", "/auth/sign-out", { site: "same-origin", from: origin, client: "t/1" }, [
          ["Cookie", dead.cookie],
        ])
      ).status,
      204,
    );
    let refused = 0;
    let passed = 0;
    for (const site of SITES) {
      for (const from of ORIGINS) {
        for (const client of CLIENTS) {
          for (const cookie of [false, true]) {
            const ok = allowed({ site, from, client, cookie });
            const what = JSON.stringify({ site, from, client, cookie });
            // Where the guard must reject, the cookie is valid, so that a hole would show in two ways.
            const carried: HeaderList = cookie ? [["Cookie", ok ? dead.cookie : who.cookie]] : [];
            for (const type of TYPES) {
              const answer = await send(
                "POST",
                "/auth/sign-out",
                { site, from, client },
                [...carried, ["Content-Type", type]],
                '{"scope":"local"}',
              );
              if (!ok) assertProblem(answer, "request_forgery", { what: `${what} ${type}` });
              else if (type !== "application/json")
                assertProblem(answer, "unsupported_media_type", { what: `${what} ${type}` });
              else assert.equal(answer.status, 204, `${what}: ${answer.text}`);
            }
            const remove = await send("DELETE", `/auth/sessions/${who.body.session.id}`, { site, from, client }, [
              ...carried,
              ["Authorization", `Bearer ${dead.token}`],
            ]);
            // Past the guard the request fails because of its invalid token.
            assertProblem(remove, ok ? "invalid_token" : "request_forgery", { what: `DELETE ${what}` });
            if (ok) passed += TYPES.length + 1;
            else refused += TYPES.length + 1;
          }
        }
      }
    }
    assert.deepEqual({ passed, refused }, { passed: 75, refused: 425 });
    // The device cookie authorises nothing, so a request with only that cookie counts as one without a
    // cookie.
    const bare = { site: undefined, from: undefined, client: "t/1" };
    const device = `${DEVICE_COOKIE}=${"A".repeat(43)}`;
    for (const [cookie, status] of [
      [device, 204],
      [`${device}; ${who.cookie}`, 403],
    ] as const)
      assert.equal((await send("POST", "/auth/sign-out", bare, [["Cookie", cookie]])).status, status, cookie);
    await renewed(origin, who.cookie);
  });

  test("check_34 every POST and DELETE of the service is subject to the guard", async () => {
    const who = await signUp(origin);
    const email = newEmail("free");
    const requests: [string, string, object?][] = [
      ["POST", "/auth/sign-up", { email, password: PASSWORD }],
      ["POST", "/auth/sign-in", { email: who.email, password: who.password }],
      ["POST", "/auth/refresh"],
      ["POST", "/auth/sign-out", { scope: "global" }],
      ["POST", "/auth/password", { current_password: who.password, new_password: "a new password" }],
      ["POST", "/auth/ticket", { url: `${origin}/api/me` }],
      ["DELETE", `/auth/sessions/${who.body.session.id}`],
      ["DELETE", "/auth/account", { current_password: who.password }],
    ];
    const attacks: Omit<Case, "cookie">[] = [
      { site: "cross-site", from: "https://evil.example", client: "t/1" },
      { site: "same-origin", from: "https://evil.example", client: "t/1" },
      { site: "same-origin", from: origin, client: undefined },
      { site: undefined, from: undefined, client: "t/1" },
      { site: undefined, from: "null", client: "t/1" },
    ];
    for (const [method, path, body] of requests) {
      for (const attack of attacks) {
        const more: HeaderList = [
          ["Cookie", who.cookie],
          ["Authorization", `Bearer ${who.token}`],
        ];
        if (body) more.push(["Content-Type", "application/json"]);
        const answer = await send(method, path, attack, more, body && JSON.stringify(body));
        assertProblem(answer, "request_forgery", { what: `${method} ${path} ${JSON.stringify(attack)}` });
      }
    }
    await renewed(origin, who.cookie);
    await signIn(origin, who);
    await signUp(origin, { email });
  });

  test("check_34 values that are similar to valid ones: each is rejected", async () => {
    const who = await signUp(origin);
    const good = ownPage(origin);
    const rows: [string, HeaderList][] = [
      ...["Same-Origin", "same-origin, cross-site", "same_origin", "'same-origin'", "cross-site, same-origin", "x"].map(
        (site): [string, HeaderList] => [
          `Sec-Fetch-Site: ${site}`,
          [
            ["Origin", origin],
            ["Latchkey-Client", good["Latchkey-Client"]],
            ["Sec-Fetch-Site", site],
          ],
        ],
      ),
      [
        "Sec-Fetch-Site twice",
        [
          ["Origin", origin],
          ["Latchkey-Client", "t/1"],
          ["Sec-Fetch-Site", "cross-site"],
          ["Sec-Fetch-Site", "same-origin"],
        ],
      ],
      [
        "Origin twice",
        [
          ["Origin", origin],
          ["Origin", "https://evil.example"],
          ["Latchkey-Client", "t/1"],
          ["Sec-Fetch-Site", "same-origin"],
        ],
      ],
      ...["", "latchkey", "/", "/1", "latchkey/"].map((client): [string, HeaderList] => [
        `Latchkey-Client: "${client}" is not <name>/<version>`,
        [
          ["Origin", origin],
          ["Sec-Fetch-Site", "same-origin"],
          ["Latchkey-Client", client],
        ],
      ]),
      // Two rows are missing because the local server changes these requests before the Worker sees them: it
      // drops an empty Origin, and it rewrites its own origin with https to http. Other rows have another
      // scheme.
      ...[
        `${origin}/`,
        `${origin}.evil.example`,
        origin.replace(/\d+$/, "1"),
        origin.toUpperCase(),
        `${origin} `.concat("x"),
        "https://app.example.com.evil.example",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://APP.example.com",
        "https://app.example.com.",
        "https://sub.app.example.com",
        "https://evil-app.example.com",
        "https://user@app.example.com",
      ].map((from): [string, HeaderList] => [
        `Origin: "${from}"`,
        [
          ["Origin", from],
          ["Sec-Fetch-Site", "same-origin"],
          ["Latchkey-Client", "t/1"],
        ],
      ]),
    ];
    for (const [what, headers] of rows) {
      const answer = await ask(origin, "/auth/refresh", {
        method: "POST",
        headers: [...headers, ["Cookie", who.cookie]],
      });
      assertProblem(answer, "request_forgery", { what });
    }
    await renewed(origin, who.cookie);
  });
}
