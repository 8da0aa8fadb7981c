// Correctly signed, wrong in a claim.
import type { Draft } from "../draft.ts";
import { LEEWAY, MAX_AGE } from "../world.ts";
import { signedByCurve } from "./curve.ts";
import { both, joseOnly, type Kind, neither } from "./kind.ts";

const wide = { policies: ["wide"] } as const;
const plain = { policies: ["plain"] } as const;
const raw = (d: Draft, name: string, text: string) => void d.payload.raw(name, text);

/** A date is a number (RFC 7519 section 2). */
const noDate = (check: string, name: string) =>
  ["a text", "null", "true", "a list", "an object"].map((what, i) =>
    neither(check, `${name} is ${what}`, "claims", (d) => {
      const text = d.payload.get(name) || String(d.now - 10);
      raw(d, name, [`"${text}"`, "null", "true", `[${text}]`, `{"n":${text}}`][i] ?? "");
    }),
  );

export const CLAIMS: Kind[] = [
  neither("08", "no exp", "claims", (d) => void d.payload.remove("exp")),
  ...noDate("08", "exp"),
  neither(
    "08",
    "exp now, or before",
    "exp",
    (d, r) => {
      raw(d, "exp", String(r.pick([d.now, d.now - 1, d.now - r.below(10_000), 0, 1])));
    },
    plain,
  ),
  neither(
    "08",
    "exp as far back as the leeway, or further",
    "exp",
    (d, r) => {
      raw(d, "exp", String(d.now - LEEWAY - r.pick([0, 1, r.below(10_000)])));
    },
    wide,
  ),
  neither("08", "exp negative", "claims", (d, r) =>
    raw(d, "exp", r.pick(["-1", `-${d.now}`, "-1e300", "-0.5", "-9007199254740992"])),
  ),
  both("08", "exp whole but written with a point", (d) => raw(d, "exp", `${d.now + 100}.0`)),
  both("08", "exp whole but written with an exponent", (d) => raw(d, "exp", `${(d.now + 100) / 100}e2`)),
  both("08", "exp ahead by a fraction", (d, r) => raw(d, "exp", `${d.now}.${r.between(1, 9)}`), plain),
  neither("08", "exp past by a fraction", "exp", (d, r) => raw(d, "exp", `${d.now - 1}.${r.between(1, 9)}`), plain),
  neither(
    "08",
    "exp past by the leeway and a fraction",
    "exp",
    (d, r) => raw(d, "exp", `${d.now - LEEWAY - 1}.${r.between(1, 9)}`),
    wide,
  ),
  joseOnly("08", "exp beyond what every reader agrees on", "claims", (d, r) =>
    raw(d, "exp", r.pick(["9007199254740992", "18446744073709551615", "18446744073709551616", "1e300"])),
  ),
  joseOnly("08", "exp beyond what a double holds", "malformed", (d, r) =>
    raw(d, "exp", r.pick(["1e309", "1e999", "9e99999"])),
  ),

  ...noDate("09", "nbf"),
  neither("09", "nbf ahead", "nbf", (d, r) => raw(d, "nbf", String(d.now + r.pick([1, r.between(1, 10_000)]))), plain),
  neither(
    "09",
    "nbf ahead by more than the leeway",
    "nbf",
    (d, r) => raw(d, "nbf", String(d.now + LEEWAY + r.between(1, 1000))),
    wide,
  ),
  neither("09", "nbf far ahead and no whole number", ["claims", "malformed", "nbf"], (d, r) =>
    raw(d, "nbf", r.pick(["1e300", "1e999", "9007199254740992", `${d.now + 1000}.5`])),
  ),
  neither("09", "nbf ahead by a fraction", "nbf", (d, r) => raw(d, "nbf", `${d.now}.${r.between(1, 9)}`), plain),
  both("09", "nbf past and with a fraction or a point", (d, r) =>
    raw(d, "nbf", r.pick([`${d.now - 10}.5`, `${d.now - 10}.0`, "0.5"])),
  ),
  joseOnly("09", "nbf before the epoch", "claims", (d, r) => raw(d, "nbf", r.pick(["-1", "-1e300"]))),

  ...noDate("09", "iat"),
  joseOnly(
    "09",
    "iat ahead: jose judges it only with a maximum age",
    "iat",
    (d, r) => raw(d, "iat", String(d.now + r.between(1, 10_000))),
    plain,
  ),
  neither(
    "09",
    "iat ahead by more than the leeway",
    "iat",
    (d, r) => raw(d, "iat", String(d.now + LEEWAY + r.between(1, 10_000))),
    wide,
  ),
  neither(
    "09",
    "iat older than the maximum age",
    "max_age",
    (d, r) => raw(d, "iat", String(d.now - MAX_AGE - LEEWAY - r.between(1, 10_000))),
    wide,
  ),
  neither("09", "no iat, where the policy has a maximum age", "claims", (d) => void d.payload.remove("iat"), wide),
  neither("09", "iat negative, where the policy has a maximum age", "claims", (d) => raw(d, "iat", "-1"), wide),
  joseOnly(
    "09",
    "iat negative: jose judges it only with a maximum age",
    "claims",
    (d, r) => raw(d, "iat", r.pick(["-1", "-1e300"])),
    plain,
  ),
  both("09", "iat with a fraction or a point", (d, r) => raw(d, "iat", `${d.now - 10}.${r.pick([0, 5])}`)),

  neither("10", "no iss", "iss", (d) => void d.payload.remove("iss")),
  neither("10", "iss of another", "iss", (d, r) => {
    const iss: string = JSON.parse(d.payload.get("iss"));
    const others = [
      `${iss}/`,
      iss.slice(0, -1),
      `${iss}.evil`,
      iss.toUpperCase(),
      ` ${iss}`,
      "",
      `${iss}\0`,
      iss.replace("https", "http"),
      `${iss}#`,
      r.word(),
    ];
    d.payload.set("iss", r.pick(others));
  }),
  neither("10", "iss that is no text", "iss", (d, r) => {
    const iss = d.payload.get("iss");
    raw(d, "iss", r.pick([`[${iss}]`, `{"iss":${iss}}`, "null", "1", "true"]));
  }),
  neither("10", "iss of another issuer we know", "iss", (d) => {
    d.payload.set("iss", d.world.policies[d.policy === "plain" ? "wide" : "plain"].issuer);
  }),
  neither("10", "no aud", "aud", (d) => void d.payload.remove("aud")),
  neither("10", "aud of another", "aud", (d, r) => {
    const aud: string = JSON.parse(d.payload.get("aud"));
    d.payload.set(
      "aud",
      r.pick([`${aud}/`, aud.slice(0, -1), `${aud}s`, aud.toUpperCase(), "", `x ${aud}`, `${aud},x`, "*", r.word()]),
    );
  }),
  neither("10", "aud is a list without ours", "aud", (d, r) => {
    const aud: string = JSON.parse(d.payload.get("aud"));
    d.payload.set("aud", r.pick([[], [`${aud}s`], ["x", `${aud}/`], [[aud]], [{ aud }], [null]]));
  }),
  neither("10", "aud that is neither text nor list", "aud", (d, r) => {
    const aud = d.payload.get("aud");
    raw(d, "aud", r.pick([`{"aud":${aud}}`, "null", "1", "true", `{"0":${aud}}`]));
  }),
  joseOnly("10", "aud is a list that holds ours, and what is no text", "aud", (d, r) => {
    raw(d, "aud", `[${d.payload.get("aud")},${r.pick(["1", "null", "{}", "[]", "true"])}]`);
  }),

  neither("17", "no sub", "claims", (d) => void d.payload.remove("sub")),
  joseOnly(
    "17",
    "sub that is no text, or an empty one: to jose it is there",
    "claims",
    (d, r) => d.payload.set("sub", r.pick(["", 1, null, ["u"], {}, true])) && undefined,
  ),
  both("17", "roles or scope of the wrong type: no rule of the policy reads them", (d, r) => {
    d.payload.set(r.pick(["roles", "scope"]), r.pick([1, null, true, { a: 1 }, [1], [null], [["a"]], ["a b"]]));
  }),
  both("17", "sid, jti, epoch or auth_time of the wrong type: no rule of the policy reads them", (d, r) => {
    signedByCurve(d, r);
    if (r.chance(0.5)) d.payload.set(r.pick(["sid", "jti"]), r.pick(["", 1, null, ["s"], {}]));
    else d.payload.set(r.pick(["epoch", "auth_time"]), r.pick(["1", "x", -1, 1.5, null, [], 1e300]));
  }),
];
