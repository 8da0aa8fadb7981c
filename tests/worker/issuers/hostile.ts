// Key sets and discovery documents that the gate must not use, each with its cause in the log.
import { createPublicKey } from "node:crypto";
import type http from "node:http";
import type { JWK } from "jose";
import { type Handler, json, type Listener } from "../../harness/listener.ts";
import type { Key } from "./keys.ts";

export interface Hostile {
  name: string;
  /** The name in the log. */
  cause: string | RegExp;
  /** The response of the key set's URL. */
  keys: Handler;
}

const text =
  (body: string, headers: http.OutgoingHttpHeaders = {}, status = 200): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** Unusable keys, each with the log's reason for leaving it out. None has the `kid` of `key`. */
export function unusableKeys(key: Key): { name: string; reason: string; jwk: unknown }[] {
  const other = (over: Record<string, unknown>) => ({ ...key.jwk, kid: "other", ...over });
  const [bytes32, short, long] = [32, 31, 33].map((n) => Buffer.alloc(n, 1).toString("base64url"));
  const zero = Buffer.alloc(32).toString("base64url");
  const rsa = (n: Buffer, e = "AQAB") => ({ kty: "RSA", kid: "rsa", alg: "RS256", n: n.toString("base64url"), e });
  const list: [name: string, reason: string, jwk: unknown][] = [
    ["for-encryption", "other_use", other({ use: "enc" })],
    ["only-signs", "other_use", other({ key_ops: ["sign"] })],
    ["other-algorithm", "other_algorithm", other({ alg: "ES512" })],
    ["p-521", "other_algorithm", other({ crv: "P-521", alg: "ES512" })],
    ["other-curve", "other_algorithm", other({ crv: "secp256k1" })],
    ["other-kty", "other_algorithm", other({ kty: "OKP" })],
    ["unknown-kty", "other_algorithm", { kty: "AKP", kid: "pq", alg: "ML-DSA-44", pub: bytes32 }],
    ["private", "private_key", other({ x: bytes32, d: bytes32 })],
    ["private-rsa", "private_key", { ...rsa(Buffer.alloc(256, 0xff)), p: bytes32 }],
    ["symmetric", "symmetric_key", { kty: "oct", kid: "s", k: bytes32, alg: "HS256" }],
    ["symmetric-in-disguise", "symmetric_key", other({ k: bytes32 })],
    ["off-curve", "off_curve", other({ y: key.jwk.x })],
    ["off-curve-p384", "off_curve", p384(48)],
    ["infinity", "off_curve", other({ x: zero, y: zero })],
    ["short-x", "wrong_size", other({ x: short })],
    ["long-y", "wrong_size", other({ y: long })],
    ["short-p384", "wrong_size", p384(47)],
    ["padded", "wrong_size", other({ x: `${key.jwk.x}=` })],
    ["not-base64url", "wrong_size", other({ x: "!".repeat(43) })],
    ["rsa-1024", "wrong_size", rsa(Buffer.alloc(128, 0xff))],
    ["rsa-8192", "wrong_size", rsa(Buffer.alloc(1024, 0xff))],
    ["rsa-leading-zero", "wrong_size", rsa(Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)]))],
    ["rsa-exponent-1", "wrong_size", rsa(Buffer.alloc(256, 0xff), "AQ")],
    ["rsa-exponent-even", "wrong_size", rsa(Buffer.alloc(256, 0xff), "Ag")],
    ["x-a-number", "malformed", other({ x: 1 })],
    ["kid-a-number", "malformed", other({ kid: 1 })],
    ["text", "malformed", "key"],
    ["null", "malformed", null],
    ["no-kty", "malformed", { kid: "x" }],
  ];
  return list.map(([name, reason, jwk]) => ({ name, reason, jwk }));
}

/**
 * Responses that contain `key`, whose tokens would be valid, or unusable keys, but are not a trustworthy set.
 */
export function hostileSets(key: Key, twin: Key, listener: Listener): Hostile[] {
  const good = JSON.stringify({ keys: [key.jwk] });
  const moved = (status: number): Handler => text("", { Location: `${listener.origin}/good` }, status);
  return [
    ...[301, 302, 303, 307, 308].map((status) => ({
      name: `redirect-${status}`,
      cause: `status ${status}`,
      keys: moved(status),
    })),
    {
      name: "html",
      cause: "malformed",
      keys: text("<!doctype html><title>Sign in</title>", { "Content-Type": "text/html" }),
    },
    { name: "empty-body", cause: "malformed", keys: text("") },
    { name: "no-content", cause: "status 204", keys: text("", {}, 204) },
    { name: "partial", cause: "status 206", keys: text(good, { "Content-Range": "bytes 0-9/10" }, 206) },
    { name: "error-with-keys", cause: "status 500", keys: text(good, {}, 500) },
    { name: "not-found-with-keys", cause: "status 404", keys: text(good, {}, 404) },
    { name: "array", cause: "malformed", keys: json([key.jwk]) },
    { name: "no-keys", cause: "malformed", keys: json({}) },
    { name: "keys-object", cause: "malformed", keys: json({ keys: { 0: key.jwk } }) },
    { name: "keys-twice", cause: "malformed", keys: text(`{"keys":[],${good.slice(1)}`) },
    { name: "member-twice", cause: "malformed", keys: text(good.replace('"kid"', '"kid":"x","kid"')) },
    { name: "trailing", cause: "malformed", keys: text(`${good}x`) },
    { name: "deep", cause: "malformed", keys: text(`{"keys":${"[".repeat(20_000)}${"]".repeat(20_000)}}`) },
    { name: "not-utf8", cause: "malformed", keys: (_, response) => void response.end(Buffer.from([0x7b, 0xff, 0x7d])) },
    { name: "no-key-in-it", cause: "empty", keys: json({ keys: [] }) },
    ...unusableKeys(key).map(({ name, reason, jwk }) => ({
      name: `only-${name}`,
      cause: `no_usable_key: keys[0] ${reason}`,
      keys: json({ keys: [jwk] }),
    })),
    {
      name: "only-its-private-key",
      cause: "no_usable_key: keys[0] private_key, keys[1] private_key",
      keys: json({ keys: [key.jwk, { ...key.privateJwk, kid: "other" }] }),
    },
    {
      name: "two-without-kid",
      cause: "no_usable_key: keys[0] no_kid, keys[1] no_kid",
      keys: json({ keys: [key, twin].map(({ jwk }) => ({ ...jwk, kid: undefined })) }),
    },
    {
      name: "65-keys",
      cause: "too_large",
      keys: json({ keys: Array.from({ length: 65 }, (_, i) => ({ ...key.jwk, kid: i === 0 ? key.kid : `k${i}` })) }),
    },
    { name: "64-kib", cause: "more than 64 KiB", keys: json({ keys: [key.jwk], pad: "x".repeat(65_536) }) },
    { name: "64-kib-of-space", cause: "more than 64 KiB", keys: text(good + " ".repeat(65_536)) },
    { name: "endless", cause: "more than 64 KiB", keys: endless },
    { name: "duplicate-kid", cause: "duplicate_kid", keys: json({ keys: [key.jwk, { ...twin.jwk, kid: key.kid }] }) },
    { name: "hangs-up", cause: /./, keys: (request) => void request.socket.destroy() },
    { name: "half-a-body", cause: /./, keys: halfABody(good) },
  ];
}

/** Responses that take longer than the gate waits. Each ends by itself, and would be valid then. */
export function slowSets(key: Key): Hostile[] {
  const good = JSON.stringify({ keys: [key.jwk] });
  const cause = "no answer within 5 seconds";
  return [
    { name: "slow", cause, keys: (_, response) => void setTimeout(() => response.end(good), 6_500) },
    {
      name: "hanging-body",
      cause,
      keys: (_, response) => {
        response.write(good.slice(0, 20));
        setTimeout(() => response.end(good.slice(20)), 6_500);
      },
    },
    {
      name: "dripping-body",
      cause,
      keys: (_, response) => {
        const timer = setInterval(() => response.write(" "), 500);
        response.on("close", () => clearInterval(timer));
        setTimeout(() => response.end(good), 6_500);
      },
    },
  ];
}

/** Discovery documents; `jwks_uri` leads to a set that would be valid. */
export function hostileDiscoveries(listener: Listener): Hostile[] {
  const jwks_uri = `${listener.origin}/good`;
  const other = "the discovery document is another issuer's";
  const noUri = "the discovery document names no https jwks_uri";
  const document =
    (over: Record<string, unknown>): Handler =>
    (request, response) =>
      json({ issuer: issuerOf(listener, request), jwks_uri, ...over })(request, response);
  return [
    { name: "d-other-issuer", cause: other, keys: document({ issuer: "https://evil.example" }) },
    {
      name: "d-issuer-with-slash",
      cause: other,
      keys: (request, response) => json({ issuer: `${issuerOf(listener, request)}/`, jwks_uri })(request, response),
    },
    {
      name: "d-template",
      cause:
        /^the discovery document is for several tenants: set issuers\.d-template\.issuer to .*\{tenantid\} and issuers\.d-template\.tenants$/,
      keys: document({ issuer: `${listener.origin}/issuer/{tenantid}` }),
    },
    { name: "d-no-issuer", cause: other, keys: document({ issuer: undefined }) },
    {
      name: "d-issuer-list",
      cause: other,
      keys: (request, response) => json({ issuer: [issuerOf(listener, request)], jwks_uri })(request, response),
    },
    { name: "d-no-jwks-uri", cause: noUri, keys: document({ jwks_uri: undefined }) },
    { name: "d-http", cause: noUri, keys: document({ jwks_uri: "http://192.0.2.1/jwks" }) },
    { name: "d-http-look-alike", cause: noUri, keys: document({ jwks_uri: `${listener.origin}.evil.example/good` }) },
    { name: "d-userinfo", cause: noUri, keys: document({ jwks_uri: jwks_uri.replace("://", "://127.0.0.1@") }) },
    ...[
      "file:///etc/passwd",
      "data:application/json,{}",
      "javascript:0",
      "ftp://127.0.0.1/jwks",
      "//127.0.0.1/jwks",
      "/good",
      "",
    ].map((jwks_uri, i) => ({ name: `d-scheme-${i}`, cause: noUri, keys: document({ jwks_uri }) })),
    { name: "d-relative", cause: noUri, keys: document({ jwks_uri: "good" }) },
    { name: "d-redirect", cause: "status 302", keys: text("", { Location: "/d-good" }, 302) },
    { name: "d-html", cause: "the discovery document is no JSON object", keys: text("<html>") },
    { name: "d-large", cause: "more than 64 KiB", keys: document({ pad: "x".repeat(65_536) }) },
    {
      name: "d-slow-together",
      cause: "no answer within 5 seconds",
      keys: (request, response) =>
        void setTimeout(() => document({ jwks_uri: `${listener.origin}/slow-set` })(request, response), 3_000),
    },
    { name: "d-to-redirect", cause: "status 302", keys: document({ jwks_uri: `${listener.origin}/away` }) },
    {
      name: "d-to-hostile",
      cause: "no_usable_key: keys[0] private_key",
      keys: document({ jwks_uri: `${listener.origin}/with-private` }),
    },
  ];
}

/** The identifier of the issuer whose document or set is at this path. */
export const issuerAt = (listener: Listener, name: string) => `${listener.origin}/issuer/${name}`;

const issuerOf = (listener: Listener, request: http.IncomingMessage) =>
  issuerAt(listener, (request.url ?? "").slice(1));

const endless: Handler = (_, response) => {
  const more = () => {
    while (response.writable && response.write(" ".repeat(16_384)));
  };
  response.on("drain", more);
  more();
};

const halfABody =
  (good: string): Handler =>
  (request, response) => {
    response.writeHead(200, { "Content-Length": good.length });
    response.write(good.slice(0, 20));
    setTimeout(() => request.socket.destroy(), 50);
  };

const p384 = (size: number): JWK => ({
  kty: "EC",
  crv: "P-384",
  kid: "p384",
  alg: "ES384",
  x: Buffer.alloc(size, 1).toString("base64url"),
  y: Buffer.alloc(size, 2).toString("base64url"),
});

/** The forms in which a verifier could mistake a public key for a shared secret. */
export function asSecrets(jwk: JWK): Record<string, Uint8Array> {
  const key = createPublicKey({ key: jwk as never, format: "jwk" });
  const bytes = (value: unknown) => Buffer.from(String(value), "base64url");
  return {
    pem: Buffer.from(key.export({ type: "spki", format: "pem" })),
    der: key.export({ type: "spki", format: "der" }),
    jwk: Buffer.from(JSON.stringify(jwk)),
    "x or n": bytes(jwk.x ?? jwk.n),
    "x or n as text": Buffer.from(String(jwk.x ?? jwk.n)),
    point: Buffer.concat([Buffer.from([4]), bytes(jwk.x ?? ""), bytes(jwk.y ?? "")]),
    kid: Buffer.from(String(jwk.kid)),
    empty: Buffer.alloc(0),
  };
}
