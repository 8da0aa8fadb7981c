// MCP's own conformance tests (@modelcontextprotocol/conformance), on loopback:
//   authorization servers  the service itself, as a user's browser and their client see it
//   servers                the MCP server behind the gate, through the gate
//   clients                the agent with which the tests here use the gate, against MCP's own servers
// docs/agents.md names the scenarios that are left out, and why.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../harness/port.ts";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { token } from "./flow.ts";
import type { World } from "./world.ts";

const RUNNER = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url),
);
const AGENT = fileURLToPath(new URL("conformance-agent.ts", import.meta.url));

/** Those whose server speaks the protocol of the installed client. */
const OF_CLIENTS = [
  ...["auth/iss-wrong-issuer", "auth/iss-supported-missing", "auth/metadata-issuer-mismatch"],
  "auth/resource-mismatch",
];

const OF_SERVERS = [
  ...["server-initialize", "server-session-lifecycle", "ping", "tools-list", "tools-call-simple-text"],
  ...["tools-call-with-progress", "server-sse-multiple-streams"],
];

/** Scenarios of servers that need what the small server of these tests does not have, or a server without authentication. */
const NOT_OF_THIS_SERVER = [
  ...["logging-set-level", "completion-complete", "tools-call-image", "tools-call-audio", "tools-call-error"],
  ...["tools-call-embedded-resource", "tools-call-mixed-content", "tools-call-with-logging", "tools-call-sampling"],
  ...["tools-call-elicitation", "elicitation-sep1034-defaults", "elicitation-sep1330-enums", "resources-list"],
  ...["resources-read-text", "resources-read-binary", "resources-templates-read", "resources-subscribe"],
  ...["resources-unsubscribe", "prompts-list", "prompts-get-simple", "prompts-get-with-args"],
  ...["prompts-get-embedded-resource", "prompts-get-with-image", "dns-rebinding-protection"],
];

/** Runs the command; `seen` gets each new part of its output. */
async function conformance(args: string[], seen: (output: string) => void = () => {}): Promise<string> {
  // Results are written below the current folder, if nothing else is said.
  const child = spawn(process.execPath, [RUNNER, ...args], { cwd: tmpdir() });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      seen(output);
    });
  const code = await new Promise((done) => child.once("close", done));
  assert.equal(code, 0, output);
  return output;
}

/** The lines of a summary: which scenarios passed, and how many checks each has. */
const passed = (output: string): Map<string, number> =>
  new Map(
    [...output.matchAll(/✓ (\S+): (\d+) passed, 0 failed/g)].map(([, name = "", count]) => [name, Number(count)]),
  );

export function mcpConformance(world: () => World): void {
  let who: Visitor;
  before(async () => {
    who = await signUp(world().origin);
  });

  test("MCP's tests of authorization servers pass against the service", async () => {
    const port = await freePort();
    let visited: Promise<unknown> | undefined;
    const args = ["--url", world().origin, "--client-id", "conformance", "--port", String(port)];
    const resource = `${world().origin}/mcp`;
    const output = await conformance(["authorization", ...args, "--resource", resource], (text) => {
      const link = /^http:\/\/\S*response_type=code\S*$/m.exec(text)?.[0];
      if (link === undefined || visited !== undefined || !text.includes("Waiting up to")) return;
      visited = new Browser(world().origin, who).approve(link).then((callback) => fetch(callback));
    });
    await visited;
    const names = ["authorization-server-metadata-endpoint", "authorization-code-grant"];
    for (const name of names) assert.ok((passed(output).get(name) ?? 0) > 0, output);
    assert.match(output, /Total: \d+ passed, 0 failed/);
    assert.doesNotMatch(output, /[1-9]\d* warnings?/);
  });

  describe("MCP's tests of servers pass through the gate", () => {
    let proxy: http.Server;
    let url: string;

    // The runner has no way to sign a user in, so this adds a token that a client got for them.
    before(async () => {
      const access = await token(world().origin, who, { client: "conformance", scope: "mcp:read", resource: "/mcp" });
      proxy = http.createServer((request, response) => {
        const headers = { ...request.headers, host: new URL(world().origin).host, authorization: `Bearer ${access}` };
        const onward = http.request(`${world().origin}/mcp`, { method: request.method ?? "GET", headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        response.on("close", () => onward.destroy());
        request.pipe(onward);
      });
      await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
      url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`;
    });
    after(() => {
      proxy?.closeAllConnections();
      proxy?.close();
    });

    test("every scenario that this server can meet passes, and no other", async () => {
      const baseline = join(await mkdtemp(join(tmpdir(), "latchkey-conformance-")), "expected.yml");
      await writeFile(baseline, ["server:", ...NOT_OF_THIS_SERVER.map((name) => `  - ${name}`)].join("\n"));
      const output = await conformance(["server", "--url", url, "--expected-failures", baseline]);
      await rm(dirname(baseline), { recursive: true });
      assert.deepEqual([...passed(output).keys()], OF_SERVERS, output);
    });
  });

  describe("the agent with which the tests use the gate passes MCP's tests of clients", () => {
    const command = ["--command", `${process.execPath} ${AGENT}`];

    test("the suite auth", async () => {
      const output = await conformance(["client", ...command, "--suite", "auth"]);
      assert.equal(passed(output).size, 14, output);
    });

    for (const scenario of OF_CLIENTS)
      test(scenario, async () => {
        const output = await conformance(["client", ...command, "--scenario", scenario]);
        assert.match(output, /Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/);
      });
  });
}
