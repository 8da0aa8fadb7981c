// Correctly signed, wrong in the header.
import { createHmac } from "node:crypto";
import { b64, type Draft } from "../draft.ts";
import { SIGN } from "../keys.ts";
import { ec256, signedWith } from "./curve.ts";
import { joseOnly, type Kind, neither } from "./kind.ts";

const header = (d: Draft, name: string, value: unknown) => void d.header.set(name, value);

export const HEADER: Kind[] = [
  ...["none", "None", "nOnE", "", "es256", "ES256 ", " ES256", "ES256K", "ES512", "HS512", "RS1", "dir", "ECDH-ES"].map(
    (alg) => neither("03", `alg ${JSON.stringify(alg)}`, "alg", (d) => header(d, "alg", alg)),
  ),
  neither("03", "alg none and no signature", "not_compact", (d) => {
    header(d, "alg", "none");
    return `${d.headerPart()}.${d.payloadPart()}.`;
  }),
  neither(
    "03",
    "alg of another type, rightly signed by the issuer's key of that type, under this key's name",
    "alg",
    (d, r) => {
      const other = r.pick(d.world.keys.wide.filter((key) => key.alg !== d.key.alg));
      d.key = other;
      header(d, "alg", other.alg);
    },
    { policies: ["wide"] },
  ),
  neither("03", "alg of another type, rightly signed by a stranger's key of that type", "alg", (d, r) => {
    const other = r.pick(d.world.strangers.filter((key) => key.alg !== d.key.alg));
    d.key = other;
    header(d, "alg", other.alg);
  }),
  neither("03", "HS256 with the public key for a secret", "alg", (d, r) => {
    header(d, "alg", "HS256");
    const point = () => Buffer.concat([d.key.jwk.x, d.key.jwk.y].map((part) => Buffer.from(part ?? "", "base64url")));
    const secret = r.pick([() => JSON.stringify(d.key.jwk), () => d.key.jwk.x ?? d.key.jwk.n ?? "", point])();
    return d.signedBy((_, input) => createHmac("sha256", secret).update(input).digest());
  }),
  neither(
    "03",
    "an RSA signature of the other padding",
    "alg",
    (d, r) => {
      const [mine, other] = r.chance(0.5) ? (["RS256", "PS256"] as const) : (["PS256", "RS256"] as const);
      signedWith(d, mine).header.set("alg", other);
      return d.signedBy((_, input) => SIGN[other](Buffer.from(input), d.key.privateKey));
    },
    { policies: ["wide"], weight: 0.5 },
  ),
  neither(
    "03",
    "a public-key algorithm where a secret is shared",
    "alg",
    (d, r) => {
      d.key = r.pick(d.world.strangers);
      header(d, "alg", d.key.alg);
    },
    { policies: ["shared"] },
  ),
  neither("03", "no alg", "malformed", (d) => void d.header.remove("alg")),
  neither("03", "alg that is no text", "malformed", (d, r) =>
    header(d, "alg", r.pick([null, 256, true, ["ES256"], {}])),
  ),
  ...[
    "JWT",
    "jwt",
    "dpop+jwt",
    "logout+jwt",
    "id_token",
    "",
    "at+jwt ",
    " at+jwt",
    "text/at+jwt",
    "at",
    "jwt+at",
    "application/",
    "application/application/at+jwt",
  ].map((typ) => neither("11", `typ ${JSON.stringify(typ)}`, "typ", (d) => header(d, "typ", typ))),
  neither("11", "no typ", "typ", (d) => void d.header.remove("typ")),
  neither("11", "typ that is no text", "malformed", (d, r) => header(d, "typ", r.pick([null, 1, ["at+jwt"], {}]))),
  neither("12", "unknown kid", "unknown_key", (d, r) => {
    const kid = d.key.kid;
    header(
      d,
      "kid",
      r.pick([
        "",
        `${kid} `,
        kid.toUpperCase(),
        kid.slice(1),
        `${kid}\0`,
        "../plain-1",
        "' OR 1=1 --",
        "__proto__",
        r.word(),
      ]),
    );
  }),
  neither("12", "kid as long as a page", "unknown_key", (d) => header(d, "kid", "k".repeat(4000)), { weight: 0.3 }),
  neither("12", "kid that is no text", "malformed", (d, r) =>
    header(d, "kid", r.pick([null, 1, true, [d.key.kid], {}])),
  ),
  neither("12", "kid of a stranger's key, which signed it", "unknown_key", (d, r) => {
    d.key = r.pick(d.world.strangers);
    d.header.set("alg", d.key.alg).set("kid", d.key.kid);
  }),
  joseOnly(
    "12",
    "no kid: jose takes the only key that fits the algorithm",
    "unknown_key",
    (d) => void d.header.remove("kid"),
  ),
  neither("05", "crit: []", "unsupported_header", (d) => header(d, "crit", [])),
  neither("05", "crit with an unknown name", "unsupported_header", (d, r) => {
    header(d, "crit", r.pick([["exp"], ["typ"], ["alg"], ["x"], ["x", "x"], "exp", null, {}, [1], [""]]));
    header(d, "x", 1);
  }),
  joseOnly("05", "crit: [b64] and b64: true: jose knows it", "unsupported_header", (d) => {
    header(d, "b64", true);
    header(d, "crit", ["b64"]);
  }),
  neither("05", "crit: [b64] and b64: false, signed over the plain payload (RFC 7797)", "not_compact", (d) => {
    header(d, "b64", false);
    header(d, "crit", ["b64"]);
    const payload = d.payload.text();
    const input = `${d.headerPart()}.${payload}`;
    return `${input}.${b64(d.signature(input))}`;
  }),
  neither("05", "crit: [b64] and b64: false, signed over the encoded payload", "unsupported_header", (d) => {
    header(d, "b64", false);
    header(d, "crit", ["b64"]);
  }),
  joseOnly("05", "b64 without crit: jose passes over it", "unsupported_header", (d, r) =>
    header(d, "b64", r.pick([true, false, null])),
  ),
  joseOnly("05", "zip: jose passes over it in a JWS", "unsupported_header", (d, r) =>
    header(d, "zip", r.pick(["DEF", "none", null])),
  ),
  joseOnly("05", "cty: jose passes over it", "unsupported_header", (d, r) =>
    header(d, "cty", r.pick(["JWT", "jwt", "json", ""])),
  ),
  neither("04", "signed by the key that the header brings along", "signature", (d, r) => {
    const stranger = d.world.strangers.find((key) => key.alg === d.key.alg);
    if (!stranger) throw new Error("no stranger");
    d.key = stranger;
    if (r.chance(0.5)) header(d, "jwk", stranger.jwk);
    else header(d, r.pick(["jku", "x5u"]), "https://evil.example/jwks.json");
  }),
  neither(
    "04",
    "a header that brings a key and names none",
    "unknown_key",
    (d) => {
      ec256(d).key = d.world.strangers[0] ?? d.key;
      d.header.remove("kid").set("jwk", d.key.jwk);
    },
    { policies: ["wide"] },
  ),
];
