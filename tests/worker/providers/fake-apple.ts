// Sign in with Apple, on loopback. After developer.apple.com: "Request an authorization to the Sign in with Apple server",
// "Generate and validate tokens" and "Creating a client secret".
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { json, startListener } from "../../harness/listener.ts";
import { text } from "./fake-provider.ts";

export interface AppleUser {
  sub: string;
  email: string;
  email_verified: boolean | "true" | "false";
  is_private_email?: boolean | "true" | "false";
}

export interface FakeApple {
  readonly issuer: string;
  readonly client: { client_id: string; team_id: string; key_id: string };
  /** The content of the `.p8` file. */
  readonly privateKey: string;
  /** The form that Apple's page has the browser post. */
  approve(page: string, user: AppleUser): Record<string, string>;
  /** The client secrets that were accepted, verified. */
  readonly secrets: JWTPayload[];
  stop(): Promise<void>;
}

export async function startFakeApple(): Promise<FakeApple> {
  const listener = await startListener();
  const issuer = listener.origin;
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: "apple1", use: "sig", alg: "RS256" };
  const client = { client_id: "com.acme.signin", team_id: "A1B2C3D4E5", key_id: "F6G7H8J9K0" };
  const p8 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const grants = new Map<string, { user: AppleUser; parameters: URLSearchParams }>();
  const secrets: JWTPayload[] = [];
  listener.on(
    "/.well-known/openid-configuration",
    json({
      issuer,
      authorization_endpoint: `${issuer}/auth/authorize`,
      token_endpoint: `${issuer}/auth/token`,
      jwks_uri: `${issuer}/auth/keys`,
      response_types_supported: ["code"],
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid", "email", "name"],
      token_endpoint_auth_methods_supported: ["client_secret_post"],
    }),
  );
  listener.on("/auth/keys", json({ keys: [jwk] }));
  listener.on("/auth/token", async (request, response) => {
    const body = new URLSearchParams(await text(request));
    const refuse = (error: string) => void response.writeHead(400).end(JSON.stringify({ error }));
    try {
      const options = { issuer: client.team_id, audience: issuer, subject: client.client_id, algorithms: ["ES256"] };
      const verified = await jwtVerify(body.get("client_secret") ?? "", p8.publicKey, options);
      if (verified.protectedHeader.kid !== client.key_id || body.get("client_id") !== client.client_id)
        return refuse("invalid_client");
      secrets.push(verified.payload);
    } catch {
      return refuse("invalid_client");
    }
    const grant = grants.get(body.get("code") ?? "");
    if (!grant || body.get("redirect_uri") !== grant.parameters.get("redirect_uri")) return refuse("invalid_grant");
    grants.delete(body.get("code") ?? "");
    const now = Math.floor(Date.now() / 1000);
    const nonce = grant.parameters.get("nonce");
    const claims = {
      ...{ iss: issuer, aud: client.client_id, iat: now, exp: now + 600, nonce, nonce_supported: true },
      ...grant.user,
    };
    const id_token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "apple1" })
      .sign(privateKey as CryptoKey);
    json({
      access_token: `a${randomBytes(16).toString("hex")}`,
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: `r${randomBytes(16).toString("hex")}`,
      id_token,
    })(request, response);
  });
  return {
    issuer,
    client,
    secrets,
    privateKey: p8.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    approve: (page, user) => {
      const parameters = new URL(page).searchParams;
      const code = `c${randomBytes(16).toString("hex")}.0.`;
      grants.set(code, { user, parameters });
      // The name is sent only once, with the first approval.
      const name = { name: { firstName: "Ada", lastName: 'O"Neill <x>' }, email: user.email };
      return { state: parameters.get("state") ?? "", code, user: JSON.stringify(name) };
    },
    stop: () => listener.stop(),
  };
}
