// Right in all but the signature.
import { constants, createHash, generateKeyPairSync, privateEncrypt, sign } from "node:crypto";
import { SIGN } from "../keys.ts";
import { ec256, ORDER, signedWith } from "./curve.ts";
import { type Kind, neither } from "./kind.ts";

const ES384_ORDER = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
/** The order of Ed25519's group (RFC 8032 section 5.1). */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const wide = { policies: ["wide"] } as const;
const number = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`);
const bytesOf = (n: bigint, size: number) =>
  Buffer.from((n & ((1n << BigInt(8 * size)) - 1n)).toString(16).padStart(2 * size, "0"), "hex");

/** PKCS #1 v1.5 over a DigestInfo of our own. */
const digestInfo = (prefix: string, input: string, hash: string) =>
  Buffer.concat([Buffer.from(prefix, "hex"), createHash(hash).update(input).digest()]);

export const SIGNATURES: Kind[] = [
  neither(
    "01",
    "an ECDSA signature in DER",
    "signature",
    (d, r) => {
      const alg = d.policy === "wide" && r.chance(0.03) ? "ES384" : "ES256";
      const hash = alg === "ES256" ? "sha256" : "sha384";
      return signedWith(d, alg).signedBy((_, input) =>
        sign(hash, Buffer.from(input), { key: d.key.privateKey, dsaEncoding: "der" }),
      );
    },
    { weight: 4 },
  ),
  neither(
    "06",
    "a bit of the signature flipped",
    "signature",
    (d, r) =>
      d.signedBy((signature) => {
        const bit = r.below(signature.length * 8);
        const at = bit >> 3;
        signature[at] = (signature[at] ?? 0) ^ (1 << (bit & 7));
        return signature;
      }),
    { weight: 6 },
  ),
  neither(
    "06",
    "a bit of a signed part flipped",
    [
      "signature",
      "malformed",
      "not_compact",
      "typ",
      "alg",
      "unknown_key",
      "iss",
      "aud",
      "claims",
      "exp",
      "iat",
      "max_age",
      "unsupported_header",
    ],
    (d, r) => {
      const [header = "", payload = "", signature] = d.token().split(".");
      const flip = (part: string) => {
        const bytes = Buffer.from(part, "base64url");
        const bit = r.below(bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return bytes.toString("base64url");
      };
      return r.chance(0.5) ? `${flip(header)}.${payload}.${signature}` : `${header}.${flip(payload)}.${signature}`;
    },
    { weight: 6 },
  ),
  neither("06", "shorter or longer", "signature", (d, r) =>
    d.signedBy((signature) =>
      r.pick([
        signature.subarray(1),
        signature.subarray(0, -1),
        Buffer.concat([signature, Buffer.alloc(1)]),
        Buffer.concat([Buffer.alloc(1), signature]),
        Buffer.concat([signature, signature]),
        Buffer.alloc(1),
      ]),
    ),
  ),
  neither("06", "all zeros, or all ones", "signature", (d, r) =>
    d.signedBy((signature) => Buffer.alloc(signature.length, r.pick([0, 255]))),
  ),
  neither("06", "r or s is zero, or the order, or what it stands for plus the order", "signature", (d, r) =>
    ec256(d).signedBy((signature) => {
      const halves = [signature.subarray(0, 32), signature.subarray(32)];
      const at = r.below(2);
      const value = number(halves[at] as Buffer);
      halves[at] = bytesOf(r.pick([0n, ORDER, (value + ORDER) % 2n ** 256n, 2n ** 256n - 1n]), 32);
      return Buffer.concat(halves);
    }),
  ),
  neither(
    "06",
    "the same for P-384",
    "signature",
    (d, r) =>
      signedWith(d, "ES384").signedBy((signature) => {
        const halves = [signature.subarray(0, 48), signature.subarray(48)];
        halves[r.below(2)] = bytesOf(r.pick([0n, ES384_ORDER]), 48);
        return Buffer.concat(halves);
      }),
    { ...wide, weight: 0.1 },
  ),
  neither("06", "r and s swapped", "signature", (d) =>
    ec256(d).signedBy((signature) => Buffer.concat([signature.subarray(32), signature.subarray(0, 32)])),
  ),
  neither(
    "06",
    "of another token",
    "signature",
    (d, r) => {
      const other = d.token();
      d.payload.set("sub", `${r.word(8)}!`);
      return d.signedBy(() => Buffer.from(other.split(".")[2] ?? "", "base64url"));
    },
    { weight: 3 },
  ),
  neither(
    "06",
    "by a stranger's key of the same type",
    "signature",
    (d) => {
      const stranger = d.world.strangers.find(({ alg }) => alg === d.key.alg);
      if (!stranger) throw new Error("no stranger");
      d.key = stranger;
    },
    { weight: 3 },
  ),
  neither("06", "over something else than header, dot, payload", "signature", (d, r) =>
    d.signedBy((_, input) => {
      const [header = "", payload = ""] = input.split(".");
      return d.signature(
        r.pick([
          payload,
          header,
          `${payload}.${header}`,
          `${header}${payload}`,
          d.payload.text(),
          `${d.header.text()}.${d.payload.text()}`,
          `${input}.`,
          ` ${input}`,
          "",
          createHash("sha256").update(input).digest("base64url"),
        ]),
      );
    }),
  ),
  neither("06", "with another hash", "signature", (d, r) =>
    ec256(d).signedBy((_, input) =>
      sign(r.pick(["sha384", "sha512", "sha1", "sha224", "sha3-256"]), Buffer.from(input), {
        key: d.key.privateKey,
        dsaEncoding: "ieee-p1363",
      }),
    ),
  ),
  neither("06", "by an ECDSA key on another curve of the same size", "signature", (d) => {
    const { privateKey } = SECP256K1;
    return ec256(d).signedBy((_, input) => SIGN.ES256(Buffer.from(input), privateKey));
  }),
  neither(
    "06",
    "Ed25519 with S beyond the order (RFC 8032 section 5.1.7)",
    "signature",
    (d) =>
      signedWith(d, "EdDSA").signedBy((signature) => {
        const s = number(Buffer.from(signature.subarray(32)).reverse()) + ED25519_ORDER;
        return Buffer.concat([signature.subarray(0, 32), bytesOf(s, 32).reverse()]);
      }),
    wide,
  ),
  neither(
    "06",
    "Ed25519 with a point of small order for R",
    "signature",
    (d, r) =>
      signedWith(d, "EdDSA").signedBy(() =>
        Buffer.concat([
          Buffer.from(
            r.pick(["01", "00", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"]).padEnd(64, "0"),
            "hex",
          ),
          Buffer.alloc(32),
        ]),
      ),
    wide,
  ),
  neither(
    "06",
    "RSA, PKCS #1 with another hash, or a DigestInfo that isn't DER's",
    "signature",
    (d, r) =>
      signedWith(d, "RS256").signedBy((_, input) =>
        privateEncrypt(
          { key: d.key.privateKey, padding: constants.RSA_PKCS1_PADDING },
          r.pick([
            // SHA-256 without NULL parameters; SHA-1; no DigestInfo at all.
            () => digestInfo("302f300b0609608648016503040201" + "0420", input, "sha256"),
            () => digestInfo("3021300906052b0e03021a05000414", input, "sha1"),
            () => digestInfo("", input, "sha256"),
            () => digestInfo("3051300d060960864801650304020305000440", input, "sha512"),
          ])(),
        ),
      ),
    { ...wide, weight: 0.5 },
  ),
  neither(
    "06",
    "RSA, PSS with salt of another length or another hash",
    "signature",
    (d, r) =>
      signedWith(d, "PS256").signedBy((_, input) => {
        const [hash, saltLength] = r.pick([
          ["sha256", 0],
          ["sha256", 20],
          ["sha256", 31],
          ["sha256", 64],
          ["sha384", 48],
          ["sha512", 32],
        ] as const);
        return sign(hash, Buffer.from(input), {
          key: d.key.privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength,
        });
      }),
    { ...wide, weight: 0.5 },
  ),
  neither(
    "06",
    "HS256 with another secret, or cut short",
    "signature",
    (d, r) =>
      d.signedBy((mac) =>
        r.pick([mac.subarray(0, 16), Buffer.concat([mac, mac]), Buffer.alloc(32), Buffer.from(mac).reverse()]),
      ),
    { policies: ["shared"] },
  ),
];

const SECP256K1 = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
