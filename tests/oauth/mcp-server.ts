// An MCP server behind the gate (streamable HTTP, with the official package). It verifies no token: the gate did. It
// reads the caller's scopes from the gate's headers, because only the server knows which tool a call names.
import { randomUUID } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

export interface McpServer {
  readonly origin: string;
  /** The headers of each request that arrived. */
  readonly seen: http.IncomingHttpHeaders[];
  /** States at which URL clients reach it. */
  behind(url: string): void;
  stop(): Promise<void>;
}

/** The scopes that a tool needs. */
const NEEDS: Record<string, string[]> = { add: ["mcp:read"], delete: ["mcp:read", "mcp:write"] };

export async function startMcpServer(): Promise<McpServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const seen: http.IncomingHttpHeaders[] = [];
  let url = new URL("http://localhost/mcp");

  async function newSession(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await tools().connect(transport as Transport);
    return transport;
  }

  const server = http.createServer(async (request, response) => {
    seen.push(request.headers);
    const body = request.method === "POST" ? JSON.parse(await text(request)) : undefined;
    const scopes = String(request.headers["latchkey-scope"] ?? "").split(" ");
    const needed = NEEDS[body?.params?.name] ?? [];
    if (body?.method === "tools/call" && !needed.every((scope) => scopes.includes(scope))) {
      // MCP's scope challenge: the client asks the user for more, and repeats the call.
      const metadata = new URL(`/.well-known/oauth-protected-resource${url.pathname}`, url);
      const challenge = `Bearer error="insufficient_scope", scope="${needed.join(" ")}", resource_metadata="${metadata}"`;
      return void response.writeHead(403, { "WWW-Authenticate": challenge }).end();
    }
    const id = request.headers["mcp-session-id"];
    const transport = id === undefined ? await newSession() : sessions.get(String(id));
    if (transport === undefined) return void response.writeHead(404).end();
    await transport.handleRequest(request, response, body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    behind: (behind) => {
      url = new URL(behind);
    },
    stop: async () => {
      await Promise.all([...sessions.values()].map((transport) => transport.close()));
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Two tools: one that reads, and one that changes something. */
function tools(): Server {
  const server = new Server({ name: "notes", version: "1.0.0" }, { capabilities: { tools: {} } });
  const schema = (properties: Record<string, { type: string }>) => ({
    ...{ type: "object" as const, properties, required: Object.keys(properties) },
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [
      {
        name: "add",
        description: "Adds numbers",
        inputSchema: schema({ a: { type: "number" }, b: { type: "number" } }),
      },
      { name: "delete", description: "Deletes a note", inputSchema: schema({ id: { type: "string" } }) },
      // The names that MCP's conformance tests expect.
      { name: "test_simple_text", description: "Answers with a text", inputSchema: schema({}) },
      { name: "test_tool_with_progress", description: "Reports its progress", inputSchema: schema({}) },
    ],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    const { name, arguments: given = {} } = params;
    const progressToken = params._meta?.progressToken;
    if (name === "test_tool_with_progress" && progressToken !== undefined)
      for (const progress of [0, 50, 100])
        await sendNotification({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    return { content: [{ type: "text", text: answerOf(name, given) }] };
  });
  return server;
}

function answerOf(name: string, given: Record<string, unknown>): string {
  if (name === "add") return String(Number(given.a) + Number(given.b));
  if (name === "delete") return `deleted ${given.id}`;
  return "This is a simple text response for testing.";
}

async function text(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
