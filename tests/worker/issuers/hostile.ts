// Key sets and discovery documents that no gate may go by, each with what its log calls them.
import { createPublicKey } from "node:crypto";
import type http from "node:http";
import type { JWK } from "jose";
import { type Handler, json, type Listener } from "../../harness/listener.ts";
import type { Key } from "./keys.ts";

export interface Hostile {
  name: string;
  /** By the log's name for it. */
  cause: string | RegExp;
  /** What the key set's URL answers. */
  keys: Handler;
}

const text =
  (body: string, headers: http.OutgoingHttpHeaders = {}, status = 200): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** Answers that hold `key`, whose tokens would be good, beside what makes the set one that can't be trusted. */
export function hostileSets(key: Key, listener: Listener): Hostile[] {
  const set = (...more: unknown[]) => json({ keys: [key.jwk, ...more] });
  const other = (over: JWK): JWK => ({ ...key.jwk, kid: "other", ...over });
  const [zero32, short, long] = [32, 31, 33].map((n) => Buffer.alloc(n, 1).toString("base64url")) as [
    string,
    string,
    string,
  ];
  const good = JSON.stringify({ keys: [key.jwk] });
  const rsa = (n: Buffer, e = "AQAB"): JWK => ({ kty: "RSA", kid: "rsa", alg: "RS256", n: n.toString("base64url"), e });
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
    { name: "only-for-encryption", cause: "empty", keys: json({ keys: [{ ...key.jwk, use: "enc" }] }) },
    { name: "only-signs", cause: "empty", keys: json({ keys: [{ ...key.jwk, key_ops: ["sign"] }] }) },
    { name: "other-algorithm", cause: "empty", keys: json({ keys: [{ ...key.jwk, alg: "ES512" }] }) },
    { name: "other-curve", cause: "empty", keys: json({ keys: [{ ...key.jwk, crv: "secp256k1" }] }) },
    { name: "other-kty", cause: "empty", keys: json({ keys: [{ ...key.jwk, kty: "OKP" }] }) },
    { name: "no-kid", cause: "empty", keys: json({ keys: [{ ...key.jwk, kid: undefined }] }) },
    {
      name: "65-keys",
      cause: "too_large",
      keys: set(...Array.from({ length: 64 }, (_, i) => other({ kid: `k${i}` }))),
    },
    { name: "64-kib", cause: "more than 64 KiB", keys: json({ keys: [key.jwk], pad: "x".repeat(65_536) }) },
    { name: "64-kib-of-space", cause: "more than 64 KiB", keys: text(good + " ".repeat(65_536)) },
    { name: "endless", cause: "more than 64 KiB", keys: endless },
    { name: "private", cause: "private_key", keys: json({ keys: [key.privateJwk] }) },
    { name: "private-beside", cause: "private_key", keys: set(other({ d: zero32 })) },
    {
      name: "private-rsa-beside",
      cause: "private_key",
      keys: set({ ...rsa(Buffer.alloc(256, 0xff)), p: zero32 } as JWK),
    },
    { name: "symmetric-beside", cause: "symmetric_key", keys: set({ kty: "oct", kid: "s", k: zero32, alg: "HS256" }) },
    {
      name: "symmetric-alone",
      cause: "symmetric_key",
      keys: json({ keys: [{ kty: "oct", kid: key.kid, k: zero32 }] }),
    },
    { name: "symmetric-in-disguise", cause: "symmetric_key", keys: set({ ...key.jwk, kid: "s", k: zero32 }) },
    { name: "duplicate-kid", cause: "duplicate_kid", keys: set(key.jwk) },
    { name: "off-curve", cause: "off_curve", keys: set(other({ y: key.jwk.x as string })) },
    { name: "off-curve-p384", cause: "off_curve", keys: set(p384(48)) },
    {
      name: "infinity",
      cause: "off_curve",
      keys: set(other({ x: Buffer.alloc(32).toString("base64url"), y: Buffer.alloc(32).toString("base64url") })),
    },
    { name: "short-x", cause: "wrong_size", keys: set(other({ x: short })) },
    { name: "long-y", cause: "wrong_size", keys: set(other({ y: long })) },
    { name: "short-p384", cause: "wrong_size", keys: set(p384(47)) },
    { name: "padded", cause: "wrong_size", keys: set(other({ x: `${key.jwk.x}=` })) },
    { name: "not-base64url", cause: "wrong_size", keys: set(other({ x: "!".repeat(43) })) },
    { name: "x-a-number", cause: "malformed", keys: set({ ...other({}), x: 1 }) },
    { name: "a-key-that-is-text", cause: "malformed", keys: set("key") },
    { name: "rsa-1024", cause: "wrong_size", keys: set(rsa(Buffer.alloc(128, 0xff))) },
    { name: "rsa-8192", cause: "wrong_size", keys: set(rsa(Buffer.alloc(1024, 0xff))) },
    {
      name: "rsa-leading-zero",
      cause: "wrong_size",
      keys: set(rsa(Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)]))),
    },
    { name: "rsa-exponent-1", cause: "wrong_size", keys: set(rsa(Buffer.alloc(256, 0xff), "AQ")) },
    { name: "rsa-exponent-even", cause: "wrong_size", keys: set(rsa(Buffer.alloc(256, 0xff), "Ag")) },
    { name: "hangs-up", cause: /./, keys: (request) => void request.socket.destroy() },
    { name: "half-a-body", cause: /./, keys: halfABody(good) },
  ];
}

/** Answers that take longer than the gate waits. Each ends by itself, and would be good then. */
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

/** Discovery documents; `jwks_uri` leads to a set that would be good. */
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
    { name: "d-to-hostile", cause: "private_key", keys: document({ jwks_uri: `${listener.origin}/with-private` }) },
  ];
}

/** The identifier of the issuer whose document or set lies at this path. */
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

/** The forms in which somebody might take a public key for a shared secret. */
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
