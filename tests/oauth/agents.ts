// Agents: MCP's official client and an MCP server behind the gate, and MCP's own conformance tests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PrivateKeyJwtProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { exportJWK } from "jose";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { Agent, connect } from "./agent.ts";
import { Browser } from "./browser.ts";
import { type DocumentHost, startDocumentHost } from "./client-document.ts";
import type { World } from "./world.ts";

const LOOPBACK = "http://127.0.0.1:33418/callback";

export function agents(world: () => World): void {
  let host: DocumentHost;
  let document: string;
  let who: Visitor;

  before(async () => {
    who = await signUp(world().origin);
    host = await startDocumentHost();
    document = host.serve("/client.json", { redirect_uris: ["http://127.0.0.1/callback"] });
  });
  after(() => host?.stop());

  const server = () => new URL("/mcp", world().origin);
  const agent = () => {
    const browser = new Browser(world().origin, who);
    const options = { redirectUrl: LOOPBACK, clientMetadataUrl: document };
    return { browser, agent: new Agent({ ...options, open: (url) => browser.approve(url) }) };
  };

  describe("an agent", { concurrency: 1 }, () => {
    test("finds its way from a 401 to a tool: resource metadata, server metadata, its own document, PKCE", async () => {
      const { agent: self, browser } = agent();
      const connected = await connect(server(), self);
      assert.deepEqual((await connected.tools()).slice(0, 2), ["add", "delete"]);
      assert.equal(await connected.call("add", { a: 2, b: 3 }), "5");
      await connected.close();
      const [request] = self.requests;
      assert.equal(self.requests.length, 1);
      assert.equal(request?.searchParams.get("client_id"), document);
      assert.equal(request?.searchParams.get("resource"), server().href);
      assert.equal(request?.searchParams.get("scope"), "mcp:read", "the scope of the challenge");
      const page = browser.history.map(({ answer }) => answer.text).find((text) => /An agent/.test(text)) ?? "";
      assert.match(page, new RegExp(host.host), "the user sees at which host the agent's document is");
      const [headers] = world().mcp.seen.slice(-1);
      assert.equal(headers?.["latchkey-subject"], who.body.session.user.id);
      assert.equal(headers?.authorization, undefined, "the MCP server gets no token");
    });

    test("asks the user for more scope when a tool needs it, and only then", async () => {
      const { agent: self } = agent();
      const connected = await connect(server(), self);
      assert.equal(await connected.call("add", { a: 1, b: 1 }), "2");
      const before = self.requests.length;
      assert.equal(await connected.call("delete", { id: "7" }), "deleted 7");
      const scopes = self.requests.slice(before).map((url) => url.searchParams.get("scope"));
      assert.deepEqual(scopes, ["mcp:read mcp:write"]);
      assert.equal(await connected.call("delete", { id: "8" }), "deleted 8");
      assert.equal(self.requests.length, before + 1);
      await connected.close();
    });

    test("works without a user too, as a client that authenticates with a key", async () => {
      const authProvider = new PrivateKeyJwtProvider({
        ...{ clientId: "worker", privateKey: await exportJWK(world().key), algorithm: "ES256", scope: "mcp:read" },
        // The server could name another authorization server.
        expectedIssuer: world().origin,
      });
      const client = new Client({ name: "program", version: "1.0.0" });
      await client.connect(new StreamableHTTPClientTransport(server(), { authProvider }) as Transport);
      const { content } = (await client.callTool({ name: "add", arguments: { a: 2, b: 2 } })) as CallToolResult;
      assert.deepEqual(content, [{ type: "text", text: "4" }]);
      await client.close();
      const [headers] = world().mcp.seen.slice(-1);
      assert.equal(headers?.["latchkey-subject"], "worker");
    });

    test("a token for the API is no token for the MCP server, and the reverse", async () => {
      const answer = await fetch(server(), { method: "POST", body: "{}" });
      assert.equal(answer.status, 401);
      const challenge = answer.headers.get("www-authenticate") ?? "";
      const metadata = `${world().origin}/.well-known/oauth-protected-resource/mcp`;
      assert.match(challenge, /^Bearer /);
      assert.ok(challenge.includes(`resource_metadata="${metadata}"`), challenge);
      assert.ok(challenge.includes('scope="mcp:read"'), challenge);
    });
  });
}
