// One Worker with everything that the scenarios need: clients of each kind, an API and an MCP server behind the gate.
import { createHash, randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { type EchoApi, startEcho } from "../harness/echo.ts";
import { newCredential, type Operator, operator } from "../harness/operator.ts";
import { type Stack, startStack } from "../harness/stack.ts";
import { certificate } from "./client-document.ts";
import { type McpServer, startMcpServer } from "./mcp-server.ts";

export interface World {
  readonly origin: string;
  readonly stack: Stack;
  readonly echo: EchoApi;
  readonly mcp: McpServer;
  readonly admin: Operator;
  /** The credential of the admin API. */
  readonly adminSecret: string;
  /** The secret of the client `reports`. */
  readonly secret: string;
  /** The private key of the client `worker`. */
  readonly key: CryptoKey;
  stop(): Promise<void>;
}

/** Where a client on a server of its own receives codes. Nothing listens there: the tests read the address. */
export const CALLBACK = "https://client.example/callback";
export const OTHER_CALLBACK = "https://other.example/callback";

export async function startWorld(): Promise<World> {
  // The Worker fetches the documents of clients from this machine by https.
  process.env.NODE_EXTRA_CA_CERTS = (await certificate()).certPath;
  const [echo, mcp] = await Promise.all([startEcho(), startMcpServer()]);
  const admin = newCredential();
  const secret = randomBytes(32).toString("base64url");
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "worker-1", alg: "ES256", use: "sig" };
  const stack = await startStack({
    config: {
      reauthentication: 600,
      admin_credentials: [admin.hash],
      oauth: {
        scopes: {
          "notes:read": { description: "Read your notes" },
          "notes:write": { description: "Change your notes" },
          "notes:admin": { description: "Administer all notes", roles: ["admin"] },
          "mcp:read": { description: "Use the tools that read" },
          "mcp:write": { description: "Use the tools that change something" },
        },
        resources: {
          "/mcp": { scopes: ["mcp:read", "mcp:write"] },
          "/files": { scopes: ["notes:read", "notes:write"], server: "files" },
        },
        registration: "open",
        clients: clients(createHash("sha256").update(secret).digest("hex"), jwk),
      },
      upstreams: { echo: { url: echo.origin }, mcp: { url: mcp.origin } },
      routes: [
        route("/api/read/*", ["notes:read"]),
        route("/api/write/*", ["notes:write"]),
        route("/api/admin/*", ["notes:admin"], { roles: ["admin"] }),
        route("/api/strict/*", ["notes:read"], { revocation: "strict" }),
        { ...route("/api/own/*", []), scopes: undefined },
        route("/files/*", ["notes:read"], { forward_authorization: true }),
        { ...route("/mcp", ["mcp:read"]), methods: ["GET", "POST", "DELETE"], upstream: "mcp" },
        { path: "/*", methods: ["GET"], access: "public", upstream: "echo" },
      ],
    },
  });
  const { origin } = stack;
  mcp.behind(`${origin}/mcp`);
  return {
    ...{ origin, stack, echo, mcp, secret, key: privateKey },
    admin: operator(origin, admin.secret),
    adminSecret: admin.secret,
    stop: async () => {
      await Promise.all([stack.stop(), echo.stop(), mcp.stop()]);
    },
  };
}

const route = (path: string, scopes: string[], more: Record<string, unknown> = {}) => ({
  ...{ path, methods: ["GET", "POST"], access: "token", scopes, upstream: "echo" },
  ...more,
});

const USER_GRANTS = ["authorization_code", "refresh_token"];

const PLAIN_CLI = {
  ...{ name: "A plain command line", application: "native", dpop: false, scopes: ["notes:read"] },
  redirect_uris: ["http://127.0.0.1/callback"],
  grants: [...USER_GRANTS, "device_code"],
};

const clients = (secretHash: string, jwk: unknown) => ({
  // A third party's web application.
  reports: {
    name: "Reports",
    secret_sha256: [secretHash],
    redirect_uris: [CALLBACK],
    grants: [...USER_GRANTS, "client_credentials", "token_exchange"],
    scopes: ["notes:read", "notes:write", "notes:admin"],
  },
  // Another third party, for the attacks.
  other: {
    name: "Other",
    redirect_uris: [OTHER_CALLBACK],
    grants: USER_GRANTS,
    scopes: ["notes:read"],
  },
  // A machine with a key.
  worker: {
    name: "Nightly worker",
    keys: { keys: [jwk] },
    grants: ["client_credentials"],
    scopes: ["notes:read", "mcp:read"],
  },
  // The server of the resource /files.
  files: {
    name: "Files",
    secret_sha256: [secretHash],
    grants: ["token_exchange"],
    scopes: ["notes:read"],
  },
  // The command line of examples/native-cli.
  "notes-cli": {
    name: "Notes on the command line",
    application: "native",
    redirect_uris: ["http://127.0.0.1/callback"],
    grants: [...USER_GRANTS, "device_code"],
    scopes: ["notes:read"],
  },
  // Others, whose devices send no proofs.
  "plain-cli": PLAIN_CLI,
  "other-cli": { ...PLAIN_CLI, name: "Another command line" },
  // For MCP's conformance tests, whose client sends no proofs.
  conformance: {
    name: "Conformance",
    application: "native",
    dpop: false,
    redirect_uris: ["http://127.0.0.1/callback"],
    grants: USER_GRANTS,
    scopes: ["mcp:read"],
  },
});
