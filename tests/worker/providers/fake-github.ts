// GitHub's OAuth and the part of its API that a sign-in needs, on loopback, in the form of a GitHub Enterprise Server. After
// docs.github.com: "Authorizing OAuth apps" and "REST API endpoints for users" and "… for emails".
import { createHash, randomBytes } from "node:crypto";
import { type Handler, json, startListener } from "../../harness/listener.ts";
import { text } from "./fake-provider.ts";

export interface GitHubUser {
  id: number;
  login: string;
  emails: { email: string; primary: boolean; verified: boolean }[];
}

export interface FakeGitHub {
  readonly origin: string;
  readonly secret: string;
  approve(page: string, user: GitHubUser): URLSearchParams;
  /** Answers a path by this handler from now on; `undefined` restores the normal answer. */
  answer(path: "token" | "user" | "emails", handler: Handler | undefined): void;
  stop(): Promise<void>;
}

export async function startFakeGitHub(): Promise<FakeGitHub> {
  const listener = await startListener();
  const secret = randomBytes(20).toString("hex");
  const grants = new Map<string, { user: GitHubUser; parameters: URLSearchParams }>();
  const tokens = new Map<string, GitHubUser>();
  const answers = new Map<string, Handler>();
  const on = (name: string, path: string, normal: Handler) =>
    listener.on(path, (request, response) => (answers.get(name) ?? normal)(request, response));
  on("token", "/login/oauth/access_token", async (request, response) => {
    const body = new URLSearchParams(await text(request));
    const grant = grants.get(body.get("code") ?? "");
    // GitHub answers errors with the status 200.
    const error = (name: string) => json({ error: name, error_description: "…" })(request, response);
    if (request.headers.accept !== "application/json") return void response.writeHead(200).end("access_token=x");
    if (body.get("client_id") !== "gh" || body.get("client_secret") !== secret)
      return error("incorrect_client_credentials");
    const challenge = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url");
    if (!grant || grant.parameters.get("code_challenge") !== challenge) return error("bad_verification_code");
    if (body.get("redirect_uri") !== grant.parameters.get("redirect_uri")) return error("redirect_uri_mismatch");
    grants.delete(body.get("code") ?? "");
    const token = `gho_${randomBytes(18).toString("hex")}`;
    tokens.set(token, grant.user);
    json({ access_token: token, scope: "user:email", token_type: "bearer" })(request, response);
  });
  const api =
    (what: (user: GitHubUser) => unknown): Handler =>
    (request, response) => {
      const user = tokens.get((request.headers.authorization ?? "").replace("Bearer ", ""));
      if (!request.headers["user-agent"]) return void response.writeHead(403).end("User-Agent required");
      if (!user) return void response.writeHead(401).end('{"message":"Bad credentials"}');
      json(what(user))(request, response);
    };
  on(
    "user",
    "/api/v3/user",
    api(({ id, login }) => ({ id, login, email: "public@example.com", type: "User" })),
  );
  on(
    "emails",
    "/api/v3/user/emails",
    api(({ emails }) => emails),
  );
  return {
    origin: listener.origin,
    secret,
    approve: (page, user) => {
      const parameters = new URL(page).searchParams;
      const code = randomBytes(10).toString("hex");
      grants.set(code, { user, parameters });
      return new URLSearchParams({ code, state: parameters.get("state") ?? "" });
    },
    answer: (path, handler) => {
      if (handler) answers.set(path, handler);
      else answers.delete(path);
    },
    stop: () => listener.stop(),
  };
}
