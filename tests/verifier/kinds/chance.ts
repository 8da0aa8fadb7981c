// Unforeseen inputs: parts of valid tokens changed at random, before or after they are signed.
import type { Random } from "../random.ts";
import { signedByCurve } from "./curve.ts";
import { type Kind, some } from "./kind.ts";

const NAMES = [
  "alg",
  "typ",
  "kid",
  "crit",
  "b64",
  "iss",
  "sub",
  "aud",
  "exp",
  "nbf",
  "iat",
  "jti",
  "sid",
  "epoch",
  "roles",
  "scope",
  "x",
];

/** Any JSON value, as text; often one that nearly fits. */
function value(r: Random, now: number, depth = 0): string {
  const plain = () =>
    r.pick([
      "null",
      "true",
      "false",
      "0",
      "-1",
      "1",
      "1.5",
      "1e3",
      String(now),
      String(now + 100),
      String(now - 100),
      `${now}.5`,
      '""',
      '"api"',
      '"at+jwt"',
      '"JWT"',
      '"ES256"',
      '"plain-1"',
      '"https://plain.example"',
      JSON.stringify(r.word()),
      "9007199254740993",
      "1e999",
    ]);
  if (depth > 3 || r.chance(0.6)) return plain();
  const items = Array.from({ length: r.below(4) }, () => value(r, now, depth + 1));
  if (r.chance(0.5)) return `[${items.join(",")}]`;
  return `{${items.map((item) => `${JSON.stringify(r.pick(NAMES))}:${item}`).join(",")}}`;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";

export const CHANCE: Kind[] = [
  some(
    "17",
    "members changed, added and left out at random, then signed",
    ["claims", "malformed", "unsupported_header", "unknown_key", "iat", "aud"],
    (d, r) => {
      signedByCurve(d, r);
      for (let i = r.between(1, 3); i > 0; i--) {
        const members = r.pick([d.header, d.payload]);
        const name = r.pick(NAMES);
        if (r.chance(0.2)) members.remove(name);
        else if (r.chance(0.1)) members.add(JSON.stringify(name), value(r, d.now), r.below(members.list.length + 1));
        else members.raw(name, value(r, d.now));
      }
    },
    { weight: 20 },
  ),
  some(
    "17",
    "bytes of the JSON changed at random, then signed",
    ["malformed", "claims", "unsupported_header", "unknown_key", "iat"],
    (d, r) => {
      signedByCurve(d, r);
      const scramble = (text: string) => {
        const bytes = [...Buffer.from(text)];
        for (let i = r.between(1, 3); i > 0; i--) {
          const at = r.below(bytes.length + 1);
          const what = r.pick([...Buffer.from('{}[]":,\\ \n0e.-u'), r.below(256)]);
          if (r.chance(0.4)) bytes.splice(at, 1);
          else bytes.splice(at, r.below(2), what);
        }
        return Buffer.from(bytes);
      };
      if (r.chance(0.5)) d.headerBytes = scramble(d.header.text());
      else d.payloadBytes = scramble(d.payload.text());
    },
    { weight: 20 },
  ),
  some(
    "17",
    "characters of the token changed at random",
    ["not_compact"],
    (d, r) => {
      const characters = [...d.token()];
      for (let i = r.between(1, 3); i > 0; i--) {
        const at = r.below(characters.length + 1);
        characters.splice(at, r.below(2), ...(r.chance(0.7) ? [r.pick([...ALPHABET])] : []));
      }
      return characters.join("");
    },
    { weight: 12 },
  ),
  some(
    "17",
    "parts of two right tokens put together",
    [],
    (d, r) => {
      const a = d.token().split(".");
      d.payload.set("jti", r.word());
      const b = d.token().split(".");
      return a.map((part, i) => (r.chance(0.5) ? part : b[i])).join(".");
    },
    { weight: 5 },
  ),
];
