// Another issuer with its own keys on loopback, which signs valid and invalid tokens as a test requires.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

export interface Issuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /**
   * Signed with the key of this algorithm, whose `kid` is the algorithm's name; `claims` and `header`
   * override the valid values.
   */
  token(alg: string, claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** How often the key set was requested. */
  fetches(): number;
  /** Sets whether it answers 503. */
  down(is: boolean): void;
  stop(): Promise<void>;
}

export async function startIssuer(algorithms: string[]): Promise<Issuer> {
  const keys = new Map<string, CryptoKey>();
  const jwks: JWK[] = [];
  for (const alg of algorithms) {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    keys.set(alg, privateKey);
    jwks.push({ ...(await exportJWK(publicKey)), kid: alg, alg, use: "sig" });
  }
  let asked = 0;
  let isDown = false;
  const server = http.createServer((_, response) => {
    asked += 1;
    response.writeHead(isDown ? 503 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ keys: jwks }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    token: (alg, claims, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const right = { iss: issuer, aud: "their-api", iat: now, exp: now + 300, jti: crypto.randomUUID() };
      const signer = new SignJWT({ ...right, ...claims }).setProtectedHeader({
        alg,
        typ: "at+jwt",
        kid: alg,
        ...header,
      });
      return signer.sign(keys.get(alg) as CryptoKey, { crit: { exp: true } });
    },
    fetches: () => asked,
    down: (is) => {
      isDown = is;
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
