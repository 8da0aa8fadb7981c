// Who signs and who judges: three issuers, each with a policy that is said twice, once as the gate's configuration and
// once as jose's options.
import type { JSONWebKeySet, JWTVerifyOptions } from "jose";
import { type Alg, type Key, makeKey, published, SECRET, SIGN } from "./keys.ts";
import type { Random } from "./random.ts";

/** `plain`: one ES256 key, no leeway. `wide`: every public-key algorithm, leeway and maximum age. `shared`: HS256. */
export type PolicyName = "plain" | "wide" | "shared";

export const LEEWAY = 60;
export const MAX_AGE = 3600;

const PUBLIC: Exclude<Alg, "HS256">[] = ["ES256", "ES384", "RS256", "PS256", "EdDSA"];
/** How often each signs: RSA costs ten times as much as the quick ones, P-384 twenty times. */
const SHARES: [alg: Alg, share: number][] = [
  ["ES256", 74],
  ["EdDSA", 20],
  ["RS256", 2.5],
  ["PS256", 2.5],
  ["ES384", 1],
];

const DRAWN: Alg[] = SHARES.flatMap(([alg, share]) => Array<Alg>(share * 2).fill(alg));

export interface World {
  readonly now: number;
  readonly policies: Record<PolicyName, { issuer: string; audience: string }>;
  /** The keys of one issuer. */
  readonly keys: Record<PolicyName, Key[]>;
  /** Unpublished keys, one of each type. */
  readonly strangers: Key[];
  pickKey(policy: PolicyName, random: Random): Key;
  /** The first line for the native judge. */
  readonly setting: unknown;
  readonly jose: {
    plain: { key: JSONWebKeySet; options: JWTVerifyOptions };
    wide: { key: JSONWebKeySet; options: JWTVerifyOptions };
    shared: { key: Uint8Array; options: JWTVerifyOptions };
  };
}

export function makeWorld(): World {
  const now = 1_800_000_000;
  const policies = {
    plain: { issuer: "https://plain.example", audience: "api" },
    wide: { issuer: "https://wide.example/tenant", audience: "https://api.wide.example" },
    shared: { issuer: "shared", audience: "api" },
  };
  const plain = [makeKey("ES256", "plain-1")];
  const wide = PUBLIC.map((alg) => makeKey(alg, `wide-${alg}`));
  const hs256 = (input: Buffer) => SIGN.HS256(input, undefined as never);
  const shared: Key[] = [{ kid: "", alg: "HS256", sign: hs256, privateKey: undefined as never, jwk: {} }];
  const setOf = (keys: Key[]) => ({ keys: keys.map(published) });
  const common = { currentDate: new Date(now * 1000), requiredClaims: ["exp", "sub"] };
  const optionsOf = (name: PolicyName, more: JWTVerifyOptions): JWTVerifyOptions => ({
    ...common,
    ...policies[name],
    ...more,
  });
  return {
    now,
    policies,
    keys: { plain, wide, shared },
    strangers: PUBLIC.map((alg) => makeKey(alg, `stranger-${alg}`)),
    pickKey: (policy, random) => {
      if (policy !== "wide") return (policy === "plain" ? plain : shared)[0] as Key;
      const alg = random.pick(DRAWN);
      return wide.find((key) => key.alg === alg) as Key;
    },
    setting: {
      config: {
        issuer: "https://gate.example",
        audience: "https://gate.example/api",
        issuers: {
          plain: { ...policies.plain, algorithms: ["ES256"], keys: setOf(plain) },
          wide: { ...policies.wide, algorithms: PUBLIC, keys: setOf(wide), leeway: LEEWAY, max_age: MAX_AGE },
          shared: { ...policies.shared, algorithms: ["HS256"], typ: "any", secret_binding: "SHARED" },
        },
      },
      secrets: { SHARED: SECRET },
    },
    jose: {
      plain: { key: setOf(plain), options: optionsOf("plain", { algorithms: ["ES256"], typ: "at+jwt" }) },
      wide: {
        key: setOf(wide),
        options: optionsOf("wide", {
          algorithms: [...PUBLIC, "Ed25519"],
          typ: "at+jwt",
          clockTolerance: LEEWAY,
          maxTokenAge: MAX_AGE,
        }),
      },
      shared: { key: Buffer.from(SECRET), options: optionsOf("shared", { algorithms: ["HS256"] }) },
    },
  };
}
