import { type Credentials, discard, newCredentials, read } from "../measure/lab-service.ts";
import type { Attack, Exchange, Means } from "./attack.ts";

/** The route on which a forged token would do most: it relies on the token alone. */
const ROUTE = "/lab/api/none";

/** Sends a token to the route, and shows the parts that matter. */
async function present(token: string, what: string): Promise<Exchange> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(ROUTE, { headers, credentials: "omit", cache: "no-store" });
  const body = (await response.json()) as { code?: string; roles?: readonly string[] };
  const answer = response.ok ? `accepted, roles ${JSON.stringify(body.roles)}` : (body.code ?? "");
  const request = `GET ${ROUTE}\nAuthorization: Bearer ${token.slice(0, 12)}…${token.slice(-6)}\n${what}`;
  return { request, status: response.status, answer };
}

/** An attack that makes a token from a genuine one. The genuine one is sent first, so that the rejection means something. */
function forgery(
  { id, title, about }: Pick<Attack, "id" | "title" | "about">,
  what: string,
  forged: (token: string) => Promise<string> | string,
): Attack {
  return {
    ...{ id, title, about },
    async run({ transport }: Means) {
      const credentials = await newCredentials(transport);
      const genuine = await present(credentials.token, "the genuine token of a throw-away user");
      const attempt = await present(await forged(credentials.token), what);
      await discard(transport, credentials);
      return verdictOn(genuine, attempt);
    },
  };
}

function verdictOn(genuine: Exchange, attempt: Exchange) {
  const succeeded = attempt.status === 200;
  const verdict = succeeded
    ? "The forged token was accepted."
    : "The gate rejects it, on the route that looks at nothing but the token. The answer does not say which check failed.";
  return { exchanges: [genuine, attempt], succeeded: succeeded || genuine.status !== 200, verdict };
}

const part = (token: string, at: number) => token.split(".")[at] ?? "";
const decoded = (text: string): Record<string, unknown> =>
  JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
const encoded = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const json = (value: unknown) => encoded(JSON.stringify(value));

export const changedClaim = forgery(
  {
    id: "claim",
    title: "Change a claim",
    about:
      "A token's claims can be read by its holder, so it is tempting to edit them. Here the role becomes “admin”, and the signature stays.",
  },
  'roles changed to ["admin"]',
  (token) => `${part(token, 0)}.${json({ ...decoded(part(token, 1)), roles: ["admin"] })}.${part(token, 2)}`,
);

export const noSignature = forgery(
  {
    id: "no-signature",
    title: "Strip the signature",
    about:
      "Some libraries decode a token and forget to verify it. Without its signature, a token would then be what the client says it is.",
  },
  "the third part is empty",
  (token) => `${part(token, 0)}.${part(token, 1)}.`,
);

export const algNone = forgery(
  {
    id: "alg-none",
    title: "alg: none",
    about:
      "The header of a JWT names its algorithm, and the standard has one that signs nothing. A verifier that believes the header accepts any claims.",
  },
  'header {"alg":"none"}, no signature',
  (token) =>
    `${json({ ...decoded(part(token, 0)), alg: "none" })}.${json({ ...decoded(part(token, 1)), roles: ["admin"] })}.`,
);

export const hmacWithPublicKey = forgery(
  {
    id: "hmac",
    title: "HMAC with the public key",
    about:
      "The public key is public. A verifier that lets the header choose HS256 would use it as an HMAC secret, which everyone then has.",
  },
  'header {"alg":"HS256"}, signed with the bytes of the public key from /.well-known/jwks.json',
  async (token) => {
    const header = decoded(part(token, 0));
    const { keys } = (await (await fetch("/.well-known/jwks.json")).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const jwk = keys.find(({ kid }) => kid === header.kid);
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const publicKey = await crypto.subtle.importKey("jwk", { ...jwk }, algorithm, true, ["verify"]);
    const bytes = await crypto.subtle.exportKey("spki", publicKey);
    const secret = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const input = `${json({ ...header, alg: "HS256" })}.${json({ ...decoded(part(token, 1)), roles: ["admin"] })}`;
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", secret, new TextEncoder().encode(input)));
    return `${input}.${encoded(String.fromCharCode(...signature))}`;
  },
);

export const expired: Attack = {
  id: "expired",
  title: "Use an expired token",
  about:
    "A token that leaked into a log or a backup is found later. This one is genuine and was valid; the attack waits until its time is over.",
  async run({ transport, wait }) {
    const credentials: Credentials = await newCredentials(transport);
    const genuine = await present(credentials.token, "the genuine token of a throw-away user");
    await wait(
      credentials.tokenLife + 1 - (performance.now() - credentials.issuedAt) / 1000,
      "until the token expires",
    );
    const attempt = await present(credentials.token, "the same token, after its expiry");
    await discard(transport, credentials);
    return verdictOn(genuine, attempt);
  },
};

export const otherAudience: Attack = {
  id: "audience",
  title: "Use a token for another audience",
  about:
    "Tokens of other systems are signed and genuine, too. This is an ID token of the demo's provider, for another client; an API that only checks signatures of known issuers would take it.",
  async run({ transport }) {
    const credentials = await newCredentials(transport);
    const genuine = await present(credentials.token, "the genuine token of a throw-away user");
    const { token } = await read<{ token: string }>(
      "A token of the provider",
      await transport.control("POST", "foreign-token"),
    );
    const { iss, aud } = decoded(part(token, 1));
    const attempt = await present(token, `a genuine ID token: iss ${iss}, aud ${aud}`);
    await discard(transport, credentials);
    return verdictOn(genuine, attempt);
  },
};
