// The web application `reports`, with oauth4webapi.
import * as oauth from "oauth4webapi";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { CALLBACK, type World } from "./world.ts";

/** Allows http on loopback, which the client library rejects by default. */
export const LOCAL = { [oauth.allowInsecureRequests]: true };

export const discovered = async (origin: string, algorithm: "oauth2" | "oidc" = "oauth2") => {
  const issuer = new URL(origin);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...LOCAL }));
};

export const REPORTS: oauth.Client = { client_id: "reports" };

/** An authorization request, and what the client has to remember. */
interface Request {
  verifier: string;
  state: string;
  query: URLSearchParams;
}

export interface WebClient {
  readonly as: oauth.AuthorizationServer;
  /** The user of the client. */
  readonly who: Visitor;
  /** How it authenticates. */
  readonly basic: oauth.ClientAuth;
  request(parameters?: Record<string, string>): Promise<Request>;
  authorizeUrl(query: URLSearchParams): URL;
  /** The whole flow: the tokens of a user who allows everything. */
  authorized(
    parameters?: Record<string, string>,
    options?: oauth.TokenEndpointRequestOptions & { expectedNonce?: string },
  ): Promise<oauth.TokenEndpointResponse>;
  /** A call of the API. */
  api(token: string, path: string, options?: oauth.ProtectedResourceRequestOptions): Promise<Response>;
  /** The status of a call that may be rejected. */
  status(token: string, path: string, options?: oauth.ProtectedResourceRequestOptions): Promise<number>;
}

export async function startWebClient({ origin, secret }: World): Promise<WebClient> {
  const [as, who] = await Promise.all([discovered(origin), signUp(origin)]);
  const basic = oauth.ClientSecretBasic(secret);
  const authorizeUrl: WebClient["authorizeUrl"] = (query) => new URL(`${as.authorization_endpoint}?${query}`);
  const request: WebClient["request"] = async (parameters = {}) => {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const query = new URLSearchParams({
      client_id: "reports",
      redirect_uri: CALLBACK,
      response_type: "code",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      scope: "openid email notes:read",
      ...parameters,
    });
    return { verifier, state, query };
  };
  const api: WebClient["api"] = (token, path, options = {}) => {
    const more = { ...LOCAL, ...options };
    return oauth.protectedResourceRequest(token, "GET", new URL(path, origin), undefined, undefined, more);
  };
  return {
    ...{ as, who, basic, authorizeUrl, request, api },
    authorized: async (parameters, { expectedNonce, ...options } = {}) => {
      const { verifier, state, query } = await request(parameters);
      const url = await new Browser(origin, who).approve(authorizeUrl(query));
      const answer = oauth.validateAuthResponse(as, REPORTS, url, state);
      const more = { ...LOCAL, ...options };
      const response = await oauth.authorizationCodeGrantRequest(as, REPORTS, basic, answer, CALLBACK, verifier, more);
      const checks = expectedNonce === undefined ? {} : { expectedNonce };
      return oauth.processAuthorizationCodeResponse(as, REPORTS, response, checks);
    },
    status: async (token, path, options) => {
      const answer = await api(token, path, options).catch((error: { status: number }) => error);
      return answer.status;
    },
  };
}
