// The program that MCP's conformance tests start: the same agent that uses the gate, with a user who allows everything.
//   node tests/oauth/conformance-agent.ts <URL of an MCP server>
import { Agent, connect } from "./agent.ts";

const url = new URL(process.argv.at(-1) ?? "");
const { client_id, client_secret } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const agent = new Agent({
  redirectUrl: "http://127.0.0.1:33418/callback",
  // The one that the scenarios of these documents expect.
  clientMetadataUrl: "https://conformance-test.local/client-metadata.json",
  ...(client_id === undefined ? {} : { clientInformation: { client_id, client_secret } }),
  open: async (page) => {
    const answer = await fetch(page, { redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "", page);
  },
});
const connected = await connect(url, agent);
await connected.tools();
await connected.call("test-tool", {});
await connected.close();
