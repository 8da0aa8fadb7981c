import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "./env.ts";

/**
 * A small provider of OpenID Connect, so that sign-in with another provider can be tried without an account anywhere.
 * It believes whatever address is typed, so it is for a developer's machine only. It keeps everything in memory.
 */
export class DemoProvider extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const issuer = `${url.origin}${ROOT}`;
    switch (`${request.method} ${url.pathname.slice(ROOT.length)}`) {
      case "GET /.well-known/openid-configuration":
        return Response.json(metadata(issuer));
      case "GET /jwks":
        return Response.json({ keys: [(await keys()).jwk] });
      case "GET /authorize":
        return page(url.searchParams);
      case "POST /authorize":
        return approve(new URLSearchParams(await request.text()), issuer, `${url.origin}/auth/providers/`);
      case "POST /token":
        return exchange(new URLSearchParams(await request.text()), issuer);
      case "GET /style.css":
        return new Response(STYLE, { headers: { "Content-Type": "text/css" } });
      default:
        return new Response("Not found\n", { status: 404 });
    }
  }
}

const ROOT = "/demo-provider";
const CLIENT = "latchkey-demo";
/** How long a code is valid, in milliseconds, and an ID token, in seconds. */
const CODE_LIFE = 60_000;
const TOKEN_LIFE = 300;

interface Grant {
  readonly email: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly expiresAt: number;
}

const grants = new Map<string, Grant>();

/** The key pair of this run; the public key with its id. */
interface Keys {
  readonly signing: CryptoKey;
  readonly jwk: Readonly<Record<string, string | undefined>>;
}
let made: Promise<Keys> | undefined;

function keys(): Promise<Keys> {
  made ??= (async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
    const { kty, crv, x, y } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
    return { signing: pair.privateKey, jwk: { kty, crv, x, y, kid: crypto.randomUUID(), use: "sig", alg: "ES256" } };
  })();
  return made;
}

const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none"],
  authorization_response_iss_parameter_supported: true,
});

/** The parameters of a request that the page's form repeats. */
const REPEATED = ["client_id", "redirect_uri", "state", "nonce", "code_challenge"];

/** Asks for an address. */
function page(asked: URLSearchParams): Response {
  const fields = REPEATED.map(
    (name) => `<input type="hidden" name="${name}" value="${escapeHtml(asked.get(name) ?? "")}">`,
  ).join("");
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo provider</title><link rel="stylesheet" href="${ROOT}/style.css">
<main><h1>Demo provider</h1><p>A provider on this machine, for trying sign-in with another provider. It believes any address.</p>
<form method="post" action="${ROOT}/authorize">${fields}
<label>E-mail <input name="email" type="email" required value="ada@provider.test" autocomplete="off"></label>
<button name="answer" value="yes">Continue</button> <button name="answer" value="no" formnovalidate>Cancel</button></form></main></html>`;
  // Without `form-action`, which browsers also apply to the redirects that follow: they end at the app's origin.
  const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy,
    "Cache-Control": "no-store",
  };
  return new Response(html, { headers });
}

/** The user has answered: sends the browser back, with a code or an error. */
function approve(form: URLSearchParams, issuer: string, callbacks: string): Response {
  const redirectUri = form.get("redirect_uri") ?? "";
  // The redirect URIs of the only client: those of the service on this origin.
  if (form.get("client_id") !== CLIENT || !redirectUri.startsWith(callbacks)) {
    return new Response("Unknown client or redirect URI\n", { status: 400 });
  }
  const back = new URL(redirectUri);
  back.searchParams.set("state", form.get("state") ?? "");
  back.searchParams.set("iss", issuer);
  const email = (form.get("email") ?? "").trim().toLowerCase();
  if (form.get("answer") === "yes" && email) {
    const [code, now] = [crypto.randomUUID(), Date.now()];
    for (const [old, { expiresAt }] of grants) if (expiresAt <= now) grants.delete(old);
    const [nonce, challenge] = [form.get("nonce") ?? "", form.get("code_challenge") ?? ""];
    grants.set(code, { email, nonce, challenge, redirectUri, expiresAt: now + CODE_LIFE });
    back.searchParams.set("code", code);
  } else {
    back.searchParams.set("error", "access_denied");
  }
  return new Response(null, { status: 303, headers: { Location: back.href, "Cache-Control": "no-store" } });
}

/** Exchanges a code, once, for tokens. */
async function exchange(form: URLSearchParams, issuer: string): Promise<Response> {
  const code = form.get("code") ?? "";
  const grant = grants.get(code);
  grants.delete(code);
  const verifier = new TextEncoder().encode(form.get("code_verifier") ?? "");
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", verifier)));
  const fits =
    grant &&
    Date.now() < grant.expiresAt &&
    challenge === grant.challenge &&
    form.get("redirect_uri") === grant.redirectUri &&
    form.get("client_id") === CLIENT;
  if (!fits) return Response.json({ error: "invalid_grant" }, { status: 400 });
  const { signing, jwk } = await keys();
  const now = Math.floor(Date.now() / 1000);
  const subject = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(grant.email)));
  const claims = {
    ...{ iss: issuer, aud: CLIENT, sub: base64url(subject), iat: now, exp: now + TOKEN_LIFE, nonce: grant.nonce },
    ...{ email: grant.email, email_verified: true },
  };
  const text = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const input = `${text({ alg: "ES256", kid: jwk.kid })}.${text(claims)}`;
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(algorithm, signing, new TextEncoder().encode(input));
  const id_token = `${input}.${base64url(new Uint8Array(signature))}`;
  const answer = { access_token: crypto.randomUUID(), token_type: "Bearer", expires_in: TOKEN_LIFE, id_token };
  return Response.json(answer, { headers: { "Cache-Control": "no-store" } });
}

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** In colours of its own, so that it looks like the page of another company. */
const STYLE = `:root { color-scheme: light dark; --accent: light-dark(#2f4d9e, #a9bff5); background: light-dark(#f2f4fa, #10131c); color: light-dark(#171c2b, #e6e9f2); font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center }
main { box-sizing: border-box; width: min(26rem, 100vw - 2rem); padding: 1.5rem; border: 1px solid light-dark(#d7dcec, #2a3145); border-radius: .875rem; background: light-dark(#fff, #171c28) }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.2 }
label { display: grid; gap: .375rem; margin: 1.25rem 0; font-size: .875rem; font-weight: 550 }
input, button { box-sizing: border-box; border: 1px solid light-dark(#8089a3, #6c7690); border-radius: .5rem; background: light-dark(#f7f8fc, #10131c); color: inherit; font: inherit }
input { min-height: 2.75rem; padding: .5rem .75rem }
button { min-height: 2.5rem; padding: .375rem 1rem; font-size: .875rem; font-weight: 550; cursor: pointer }
button[value="yes"] { border-color: transparent; background: var(--accent); color: light-dark(#fff, #10131c) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`;
