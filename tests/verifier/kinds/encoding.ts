// Encoded otherwise than RFC 7515 says. Where a part is changed before it is signed, the signature is over what stands
// there.
import { b64, type Draft } from "../draft.ts";
import type { Random } from "../random.ts";
import { joseOnly, type Kind, type Make, neither, type Options } from "./kind.ts";
import { padTo } from "./right.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A part written otherwise, and signed as written. */
const signedPart =
  (change: (part: string, r: Random) => string): Make =>
  (d, r) =>
    r.chance(0.5) ? d.token(change(d.headerPart(), r)) : d.token(undefined, change(d.payloadPart(), r));

/** The signature written otherwise. */
const signaturePart =
  (change: (part: string, r: Random) => string): Make =>
  (d, r) => {
    const [header, payload, signature = ""] = d.token().split(".");
    return `${header}.${payload}.${change(signature, r)}`;
  };

const insert = (part: string, what: string, r: Random) => {
  const at = r.below(part.length + 1);
  return part.slice(0, at) + what + part.slice(at);
};

/** Makes the part's length leave `rest` characters in its last group, so that there are bits to spare. */
function spare(d: Draft, members: "header" | "payload"): void {
  const text = () => d[members].text();
  for (let pad = ""; Buffer.byteLength(text()) % 3 === 0; pad += "x") d[members].set("pad", pad);
}

/** The same bytes with the spare bits of the last character set. */
const stray = (part: string, r: Random) => {
  const spareBits = part.length % 4 === 2 ? 15 : 3;
  const last = ALPHABET.indexOf(part.at(-1) ?? "");
  return part.slice(0, -1) + ALPHABET[last | r.between(1, spareBits)];
};

const spaces = ["\n", " ", "\t", "\r", "\f"];
const STRANGE = [
  "\v",
  "\0",
  "\u00a0",
  "\u200b",
  "é",
  "\u{1f511}",
  "%",
  "=",
  "+",
  "/",
  "*",
  "~",
  "!",
  "\\",
  ";",
  ",",
  "\u2028",
  "ａ",
  "\u0430",
];
const both: Options = { weight: 2 };

export const ENCODING: Kind[] = [
  joseOnly("06", "padded header or payload, signed so", "not_compact", (d, r) => {
    const which = r.pick(["header", "payload"] as const);
    spare(d, which);
    const padded = (part: string) => part + "=".repeat((4 - (part.length % 4)) % 4);
    return which === "header" ? d.token(padded(d.headerPart())) : d.token(undefined, padded(d.payloadPart()));
  }),
  joseOnly("06", "spare bits set in header or payload, signed so", "not_compact", (d, r) => {
    const which = r.pick(["header", "payload"] as const);
    spare(d, which);
    return which === "header" ? d.token(stray(d.headerPart(), r)) : d.token(undefined, stray(d.payloadPart(), r));
  }),
  joseOnly(
    "06",
    "white space inside header or payload, signed so",
    "not_compact",
    signedPart((part, r) => insert(part, r.pick(spaces), r)),
  ),
  joseOnly(
    "06",
    "a padded signature",
    "not_compact",
    signaturePart((part) => part + "=".repeat((4 - (part.length % 4)) % 4)),
    {
      policies: ["plain"],
    },
  ),
  joseOnly("06", "spare bits set in the signature", "not_compact", signaturePart(stray), { policies: ["plain"] }),
  joseOnly(
    "06",
    "white space inside the signature, or behind the token",
    "not_compact",
    signaturePart((part, r) => insert(part, r.pick(spaces), r)),
  ),
  neither(
    "06",
    "too much padding, or padding in the middle",
    "not_compact",
    signaturePart((part, r) => r.pick([`${part}===`, `=${part}`, `${insert(part, "=", r)}AA`])),
  ),
  neither(
    "06",
    "what is in no base64url alphabet, in a signed part",
    "not_compact",
    signedPart((part, r) => insert(part, r.pick(STRANGE.filter((c) => c !== "=")), r)),
    both,
  ),
  neither(
    "06",
    "what is in no base64url alphabet, in the signature",
    "not_compact",
    signaturePart((part, r) => insert(part, r.pick(STRANGE.filter((c) => c !== "=")), r)),
    both,
  ),
  neither(
    "06",
    "one character too few or too many",
    ["not_compact", "signature", "malformed"],
    (d, r) => {
      const token = d.token();
      const at = r.below(token.length);
      if (r.chance(0.5)) return token.slice(0, at) + token.slice(at + 1);
      return token.slice(0, at) + r.pick([...ALPHABET].filter((c) => c !== token[at])) + token.slice(at);
    },
    both,
  ),
  neither(
    "06",
    "another number of parts",
    "not_compact",
    (d, r) => {
      const token = d.token();
      const [header = "", payload = "", signature = ""] = token.split(".");
      return r.pick([
        `${token}.`,
        `.${token}`,
        `${token}.${signature}`,
        `${header}.${token}`,
        `${header}..${payload}.${signature}`,
        `${header}.${payload}`,
        header,
        `${header}.${payload}.`,
        `.${payload}.${signature}`,
        `${header}..${signature}`,
        "..",
        ".",
        "",
        `${header}.${payload}.${signature}.${payload}.${signature}`,
        `${header}${payload}.${signature}`,
        `${header}.${payload}${signature}`,
      ]);
    },
    both,
  ),
  neither("06", "something before the token, or behind it", "not_compact", (d, r) => {
    const token = d.token();
    return r.pick([
      `Bearer ${token}`,
      ` ${token}`,
      `\t${token}`,
      `"${token}"`,
      `${token},`,
      `${token};`,
      `${token}#x`,
      `${token}?`,
      `\ufeff${token}`,
      `${token}\0`,
      `${token} x`,
    ]);
  }),
  neither("06", "dots in other spellings", "not_compact", (d, r) =>
    d.token().replaceAll(".", r.pick(["%2E", "%2e", "\u3002", "\uff0e", ",", " "])),
  ),
  neither("06", "parts in another order", ["malformed", "not_compact"], (d, r) => {
    const [header, payload, signature] = d.token().split(".");
    return r.pick([
      `${payload}.${header}.${signature}`,
      `${signature}.${header}.${payload}`,
      `${header}.${signature}.${payload}`,
    ]);
  }),
  neither("06", "encoded twice, or not at all", ["not_compact", "malformed"], (d, r) => {
    const token = d.token();
    const [, , signature] = token.split(".");
    return r.pick([
      b64(token),
      `${d.header.text()}.${d.payload.text()}.${signature}`,
      d.token(b64(d.headerPart())),
      d.token(undefined, b64(d.payloadPart())),
      Buffer.from(token).toString("hex"),
    ]);
  }),
  neither("06", "JSON serialisation (RFC 7515 section 7.2)", "not_compact", (d, r) => {
    const [header, payload, signature] = d.token().split(".");
    const one = { protected: header, signature };
    return JSON.stringify(r.chance(0.5) ? { payload, ...one } : { payload, signatures: [one] });
  }),
  joseOnly("15", "longer than 8 KiB", "too_large", (d, r) => padTo(d, r.pick([8193, 9000, 20_000])), { weight: 0.3 }),
  neither("15", "a great many dots", "too_large", (_, r) => ".".repeat(r.pick([16_385, 20_000, 100_000])), {
    weight: 0.05,
  }),
  neither("15", "16 KiB of dots", "not_compact", () => ".".repeat(16_384), { weight: 0.2 }),
];
