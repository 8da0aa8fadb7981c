// An agent: MCP's official client, with what every program that uses it has to add: where the user signs in, the checks
// of the answer, and the storage of what belongs to the session.
import { randomBytes } from "node:crypto";
import {
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

export interface AgentOptions {
  redirectUrl: string;
  /** The URL of its client ID metadata document, which is its `client_id`. */
  clientMetadataUrl?: string;
  /** What it is registered as, if it has no such document. */
  clientInformation?: OAuthClientInformationMixed;
  /** Shows the user the page, and returns the address at which the agent received the answer. */
  open(url: URL): Promise<URL>;
}

export class Agent implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadataUrl?: string;
  /** The authorization requests that it made. */
  readonly requests: URL[] = [];
  #open: AgentOptions["open"];
  #answer: Promise<URL> | undefined;
  #information: OAuthClientInformationMixed | undefined;
  #tokens: OAuthTokens | undefined;
  #discovery: OAuthDiscoveryState | undefined;
  #state = "";
  #verifier = "";
  /** Set when the server asked for more scope: a refresh cannot give more, so the user is asked again. */
  #needsMore = false;

  constructor({ redirectUrl, clientMetadataUrl, clientInformation, open }: AgentOptions) {
    this.redirectUrl = redirectUrl;
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl;
    this.#information = clientInformation;
    this.#open = open;
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: "An agent",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      // Not in the type yet; MCP requires it of clients that register (OpenID Connect Dynamic Client Registration).
      ...{ application_type: "native" },
    };
  }
  state(): string {
    this.#state = randomBytes(16).toString("base64url");
    return this.#state;
  }
  clientInformation() {
    return this.#information;
  }
  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }
  tokens() {
    if (!this.#needsMore || this.#tokens === undefined) return this.#tokens;
    const { refresh_token: _, ...rest } = this.#tokens;
    return rest;
  }
  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens;
    this.#needsMore = false;
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    const issuer = state.authorizationServerMetadata?.issuer;
    // The metadata of a server names that server (RFC 8414, section 3.3).
    if (issuer !== undefined && new URL(issuer).href !== new URL(state.authorizationServerUrl).href)
      throw new Error("another server's metadata");
    this.#discovery = state;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  codeVerifier(): string {
    return this.#verifier;
  }
  redirectToAuthorization(url: URL): void {
    this.requests.push(url);
    this.#answer = this.#open(url);
  }

  /** Notices a server that asks for more scope. */
  readonly fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (response.status === 403 && /insufficient_scope/.test(response.headers.get("www-authenticate") ?? ""))
      this.#needsMore = true;
    return response;
  };

  /** The code of the answer, which must be of the request that the agent made, and of the server that it asked. */
  async code(): Promise<string> {
    const url = await (this.#answer ?? Promise.reject(new Error("no authorization request")));
    const answer = url.searchParams;
    const metadata = this.#discovery?.authorizationServerMetadata as Record<string, unknown> | undefined;
    if (answer.get("state") !== this.#state) throw new Error("the answer to another request");
    const issuer = answer.get("iss");
    const expectsIssuer = metadata?.authorization_response_iss_parameter_supported === true;
    if ((expectsIssuer || issuer !== null) && issuer !== metadata?.issuer) throw new Error("another server's answer");
    const code = answer.get("code");
    if (code === null) throw new Error(`no code: ${answer.get("error")}`);
    return code;
  }
}

/** How often the user is asked for one operation, whatever the server says. */
const MAX_ASKED = 3;

export interface Connected {
  /** Calls a tool; its text. */
  call(name: string, given: Record<string, unknown>): Promise<string>;
  tools(): Promise<string[]>;
  close(): Promise<void>;
}

/** Connects to an MCP server, and asks the user where the server requires it. */
export async function connect(url: URL, agent: Agent): Promise<Connected> {
  let transport: StreamableHTTPClientTransport;
  let client: Client;
  /** Repeats what the server rejected, once the user has allowed it. */
  const allowed = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let asked = 0; ; asked++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof UnauthorizedError) || asked === MAX_ASKED) throw error;
        await transport.finishAuth(await agent.code());
      }
    }
  };
  await allowed(() => {
    // A transport that could not start cannot be used again; the agent has the tokens.
    transport = new StreamableHTTPClientTransport(url, { authProvider: agent, fetch: agent.fetch });
    client = new Client({ name: "agent", version: "1.0.0" });
    return client.connect(transport as Transport);
  });
  return {
    call: async (name, given) => {
      const result = await allowed(() => client.callTool({ name, arguments: given }) as Promise<CallToolResult>);
      const [first] = result.content;
      return first?.type === "text" ? first.text : "";
    },
    tools: async () => (await allowed(() => client.listTools())).tools.map(({ name }) => name),
    close: () => client.close(),
  };
}
