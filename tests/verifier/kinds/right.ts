// Wholly right, in every way that is right. Both accept every one of them, so that agreeing isn't refusing everything.
import type { Draft } from "../draft.ts";
import { LEEWAY, MAX_AGE } from "../world.ts";
import { ec256, ORDER, signedByCurve, signedWith } from "./curve.ts";
import { both, type Kind } from "./kind.ts";
import { escaped, spaced } from "./spelling.ts";

const hint = (name: string, value: unknown) =>
  both("04", `a ${name} in the header, ours is used all the same`, (d, r) => {
    signedByCurve(d, r).header.set(name, value);
  });

/** A token of exactly `size` bytes. Base64url has no text of 4n + 1, so the header is padded until the payload's length is one. */
export function padTo(d: Draft, size: number): string {
  const signature = d.token().length - d.headerPart().length - d.payloadPart().length;
  d.payload.set("pad", "");
  for (let more = 0; more < 4; more++) {
    d.header.set("pad", "x".repeat(more));
    const characters = size - signature - d.headerPart().length;
    if (characters % 4 === 1) continue;
    const missing = Math.floor((characters * 3) / 4) - Buffer.byteLength(d.payload.text());
    d.payload.set("pad", "x".repeat(missing));
    return d.token();
  }
  throw new Error(`no token of ${size} bytes`);
}

export const RIGHT: Kind[] = [
  both("17", "right", () => {}, { weight: 24 }),
  both("17", "right, HS256 with its secret", () => {}, { policies: ["shared"], weight: 3 }),
  both(
    "12",
    "HS256 with a kid, which the shared secret doesn't have",
    (d, r) => {
      d.header.set("kid", r.pick(["IBZFPqpuE0oC+hnZ", "", r.word()]));
    },
    { policies: ["shared"] },
  ),
  both("10", "aud is a list that holds ours", (d, r) => {
    const aud = [d.payload.get("aud"), ...Array.from({ length: r.below(3) }, () => JSON.stringify(r.word()))];
    d.payload.raw("aud", `[${(r.chance(0.5) ? aud : aud.reverse()).join(",")}]`);
  }),
  both("11", "typ in another spelling of the same type", (d, r) => {
    d.header.set("typ", r.pick(["AT+JWT", "at+JWT", "application/at+jwt", "Application/AT+jwt"]));
  }),
  hint("jwk", { kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA" }),
  hint("jku", "https://evil.example/jwks.json"),
  hint("x5u", "https://evil.example/cert.pem"),
  hint("x5c", ["MIIB"]),
  hint("x5t", "AAAA"),
  hint("url", "https://evil.example/"),
  both("17", "more members, nested", (d, r) => {
    d.header.set("ext", { a: [1, { b: null }] });
    d.payload.set(r.word(), { a: [true, { b: [0.5, -1e-9, "x"] }], c: {} });
  }),
  both("17", "names of JavaScript's own", (d, r) => {
    const name = r.pick(["__proto__", "constructor", "toString", "hasOwnProperty"]);
    r.pick([d.header, d.payload]).set(name, { exp: 1 });
    d.payload.add(JSON.stringify(`${name}2`), "1");
  }),
  both("07", "white space between all tokens of JSON", (d, r) => {
    d.headerBytes = spaced(d.header, r);
    d.payloadBytes = spaced(d.payload, r);
  }),
  both("07", "names and values in escapes", (d, r) => {
    d.headerBytes = escaped(d.header, r);
    d.payloadBytes = escaped(d.payload, r);
  }),
  both("07", "members in another order", (d, r) => {
    for (const { list } of [d.header, d.payload]) list.sort(() => r.pick([-1, 1]));
  }),
  both("07", "numbers that parsers read differently, in unused members", (d, r) => {
    d.payload.raw("n", r.pick(["18446744073709551616", "-9223372036854775809", "1e300", "5e-324", "-0", "-0.0"]));
  }),
  both("07", "any character that JSON lets stand", (d, r) => {
    d.payload.set(
      "t",
      r.pick(["\u2028\u2029", "\u{1f511}", "\u00a0", "\ufeff", "\u007f", "\\", '"', "/", "\0", "e\u0301"]),
    );
  }),
  both("08", "exp a second ahead, or as far as it can be", (d, r) => {
    d.payload.set("exp", r.pick([d.now + 1, Number.MAX_SAFE_INTEGER]));
  }),
  both(
    "08",
    "exp within the leeway",
    (d, r) => {
      d.payload.set("exp", d.now - r.between(0, LEEWAY - 1));
    },
    { policies: ["wide"] },
  ),
  both("09", "nbf and iat now or before", (d, r) => {
    d.payload.set("nbf", d.now - r.below(1000)).set("iat", d.now);
  }),
  both(
    "09",
    "nbf and iat within the leeway, iat as old as it may be",
    (d, r) => {
      d.payload.set("nbf", d.now + r.between(0, LEEWAY)).set("iat", r.pick([d.now + LEEWAY, d.now - MAX_AGE - LEEWAY]));
    },
    { policies: ["wide"] },
  ),
  both(
    "09",
    "no nbf, no iat, where the policy has no maximum age",
    (d) => {
      d.payload.remove("iat");
    },
    { policies: ["plain"] },
  ),
  both(
    "03",
    "Ed25519 by its new name (RFC 9864)",
    (d) => {
      signedWith(d, "EdDSA").header.set("alg", "Ed25519");
    },
    { policies: ["wide"] },
  ),
  both("15", "exactly as long as it may be", (d) => padTo(d, 8192), { weight: 0.2 }),
  both("15", "exactly as deep as it may be", (d) => {
    d.payload.raw("deep", `${"[".repeat(7)}${"]".repeat(7)}`);
  }),
  both("06", "a signature with high S, which JOSE allows", (d) =>
    ec256(d).signedBy((signature) => {
      const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
      const other = (ORDER - s).toString(16).padStart(64, "0");
      return Buffer.concat([signature.subarray(0, 32), Buffer.from(other, "hex")]);
    }),
  ),
];
