// The order in which a request is checked: 404, 405, forgery guard, 413, 415, 400, the rest. Each row breaks
// two rules, and the response shows which is checked first.
import { test } from "node:test";
import { assertProblem, type Code } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { newEmail, ownPage, PASSWORD, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

interface Row {
  breaks: [Code, Code];
  method?: string;
  path?: string;
  headers?: Record<string, string | undefined>;
  body?: string;
}

export function judgement({ origin }: World): void {
  const forged = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site", "Latchkey-Client": undefined };
  const plain = { "Content-Type": "text/plain" };
  const big = "x".repeat(1 << 20);
  const rows = (email: string): Row[] => [
    { breaks: ["not_found", "method_not_allowed"], method: "PATCH", path: "/auth/nothing" },
    { breaks: ["not_found", "request_forgery"], path: "/auth/nothing", headers: forged },
    { breaks: ["not_found", "too_large"], path: "/auth/nothing", body: big },
    { breaks: ["not_found", "unsupported_media_type"], path: "/auth/nothing", headers: plain, body: "x" },
    { breaks: ["method_not_allowed", "request_forgery"], method: "PUT", headers: forged },
    { breaks: ["method_not_allowed", "request_forgery"], method: "DELETE", headers: forged },
    { breaks: ["method_not_allowed", "too_large"], method: "PUT", body: big },
    { breaks: ["method_not_allowed", "unsupported_media_type"], method: "PUT", headers: plain, body: "x" },
    { breaks: ["request_forgery", "too_large"], headers: forged, body: big },
    { breaks: ["request_forgery", "unsupported_media_type"], headers: { ...forged, ...plain }, body: "x" },
    { breaks: ["request_forgery", "invalid_request"], headers: forged, body: "{" },
    {
      breaks: ["request_forgery", "invalid_credentials"],
      headers: forged,
      body: JSON.stringify({ email, password: "not this one" }),
    },
    {
      breaks: ["request_forgery", "session_ended"],
      path: "/auth/refresh",
      headers: { ...forged, Cookie: "__Host-Http-latchkey=garbage" },
    },
    { breaks: ["request_forgery", "invalid_token"], method: "DELETE", path: "/auth/sessions/x", headers: forged },
    { breaks: ["too_large", "unsupported_media_type"], headers: plain, body: big },
    { breaks: ["too_large", "invalid_request"], body: big },
    { breaks: ["too_large", "invalid_token"], path: "/auth/password", body: big },
    { breaks: ["unsupported_media_type", "invalid_request"], headers: plain, body: "{" },
    { breaks: ["unsupported_media_type", "invalid_token"], path: "/auth/password", headers: plain, body: "{}" },
    { breaks: ["invalid_request", "invalid_token"], path: "/auth/password", body: "{}" },
    {
      breaks: ["invalid_request", "email_taken"],
      path: "/auth/sign-up",
      body: JSON.stringify({ email, password: "short" }),
    },
    {
      breaks: ["invalid_request", "session_ended"],
      path: "/auth/sign-out",
      headers: { Cookie: "__Host-Http-latchkey=garbage" },
      body: '{"scope":"unknown"}',
    },
  ];

  test("a request that breaks two rules gets the code of the earlier one", async () => {
    const { email } = await signUp(origin, { email: newEmail(), password: PASSWORD });
    for (const { breaks, method = "POST", path = "/auth/sign-in", headers = {}, body } of rows(email)) {
      const type = body === undefined ? undefined : "application/json";
      const all = { ...ownPage(origin), "Content-Type": type, ...headers };
      const answer = await ask(origin, path, { method, headers: all, ...(body === undefined ? {} : { body }) });
      assertProblem(answer, breaks[0], { what: `${method} ${path}: ${breaks.join(" before ")}` });
    }
  });
}
