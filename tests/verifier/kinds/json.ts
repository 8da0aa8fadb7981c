// Correctly signed, and no JSON that we take.
import type { Draft, Members } from "../draft.ts";
import type { Random } from "../random.ts";
import { joseOnly, type Kind, type Make, neither } from "./kind.ts";
import { unicode } from "./spelling.ts";

/** One of the two parts, as text to be changed. */
const part =
  (change: (text: string, r: Random) => Buffer | string): Make =>
  (d, r) => {
    if (r.chance(0.5)) d.headerBytes = change(d.header.text(), r);
    else d.payloadBytes = change(d.payload.text(), r);
  };

/** A member that is there already, once more before itself, so that the right one is the last. */
const before = (members: Members, value: string, r: Random, name?: string) => {
  const at = r.below(members.list.length);
  const [known = ""] = members.list[at] ?? [];
  members.add(name ?? known, value, at);
};

const nest = (depth: number, core: string, r: Random) => {
  let text = core;
  for (let i = 0; i < depth; i++) text = r.chance(0.5) ? `[${text}]` : `{"a":${text}}`;
  return text;
};

const extra =
  (value: string): Make =>
  (d: Draft) =>
    void d.payload.raw("x", value);

export const JSONS: Kind[] = [
  joseOnly("07", "a name twice in the header, the last one right", "malformed", (d, r) =>
    before(d.header, r.pick(['"none"', "null", '"x"', "{}"]), r),
  ),
  joseOnly("07", "a name twice in the payload, the last one right", "malformed", (d, r) =>
    before(d.payload, r.pick(['"admin"', "null", "0", "[]"]), r),
  ),
  joseOnly("07", "a name twice with the same value", "malformed", (d, r) => {
    const members = r.pick([d.header, d.payload]);
    const [name, value] = r.pick(members.list);
    members.add(name, value);
  }),
  joseOnly("07", "a name twice, once in escapes, the last one right", "malformed", (d, r) => {
    const members = r.pick([d.header, d.payload]);
    const at = r.below(members.list.length);
    const [name] = members.list[at] ?? [""];
    const first = unicode(name.charAt(1), r);
    members.add(`"${first}${name.slice(2)}`, "null", at);
  }),
  neither("07", "a name twice, the last one wrong", "malformed", (d, r) => {
    const [members, name] = r.pick([
      [d.header, "alg"],
      [d.header, "typ"],
      [d.header, "kid"],
      [d.payload, "iss"],
      [d.payload, "aud"],
      [d.payload, "exp"],
    ] as const);
    members.add(JSON.stringify(name), r.pick(["null", '"x"', "[]"]));
  }),
  joseOnly("07", "a name twice further down", "malformed", (d, r) => {
    const members = r.pick([d.header, d.payload]);
    members.raw(
      "x",
      nest(
        r.between(0, 6),
        r.pick(['{"a":1,"a":1}', '{"":0,"":0}', '{"b":1,"\\u0062":2}', '{"a":{},"b":1,"a":[]}']),
        r,
      ),
    );
  }),
  joseOnly("15", "deeper than eight levels", "malformed", (d, r) => {
    r.pick([d.header, d.payload]).raw("x", nest(r.pick([8, 9, 20, 100, 700]), r.pick(["1", "{}", "[]"]), r));
  }),
  joseOnly(
    "07",
    "a byte order mark before it, which jose takes away",
    "malformed",
    part((text) => `\ufeff${text}`),
  ),
  joseOnly("07", "half a surrogate pair in escapes", "malformed", (d, r) => {
    r.pick([d.header, d.payload]).raw("x", r.pick(['"\\ud800"', '"\\udfff"', '"a\\uD83Db"', '"\\udd11\\ud83d"']));
  }),
  joseOnly("07", "a number beyond a double, in an unused member", "malformed", extra("1e999")),
  neither(
    "07",
    "malformed JSON",
    "malformed",
    part((text, r) => {
      const inner = text.slice(1, -1);
      return r.pick([
        `{${inner},}`,
        `{,${inner}}`,
        `{${inner}`,
        `${inner}}`,
        `{${inner}]`,
        `{${inner}}}`,
        `{${inner},,"x":1}`,
        `{${inner},"x"}`,
        `{${inner},"x":}`,
        `{${inner} "x":1}`,
        `{${inner};"x":1}`,
        `{${inner},x:1}`,
        `{${inner},'x':1}`,
        `{${inner},"x":'1'}`,
        `{${inner},"x":01}`,
        `{${inner},"x":+1}`,
        `{${inner},"x":.5}`,
        `{${inner},"x":1.}`,
        `{${inner},"x":0x1}`,
        `{${inner},"x":NaN}`,
        `{${inner},"x":Infinity}`,
        `{${inner},"x":1e}`,
        `{${inner},"x":undefined}`,
        `{${inner},"x":True}`,
        `{${inner},"x":"\n"}`,
        `{${inner},"x":"\t"}`,
        `{${inner},"x":"\0"}`,
        `{${inner},"x":"\\x41"}`,
        `{${inner},"x":"\\u12"}`,
        `{${inner},"x":"\\"}`,
        `{${inner},"x":"a}`,
        `{${inner},"x":[1,]}`,
        `{${inner},"x":[1 2]}`,
        `{${inner},1:1}`,
        `{${inner},null:1}`,
        `{${inner}/**/}`,
        `{${inner}}//`,
        `{${inner}} x`,
        `{${inner}}{}`,
        `{${inner}},`,
        `{${inner}}\0`,
        `{${inner}\v}`,
        `{${inner}\u00a0}`,
        `(${text})`,
        `{${inner}}\u2028`,
      ]);
    }),
    { weight: 8 },
  ),
  neither(
    "07",
    "JSON, but no object",
    "malformed",
    part((text, r) => r.pick([`[${text}]`, JSON.stringify(text), "null", "true", "1", "[]", '""', " ", "{", "\0"])),
    { weight: 2 },
  ),
  neither(
    "07",
    "not UTF-8",
    "malformed",
    part((text, r) => {
      const bad = r.pick(["ff", "c0af", "c1bf", "e080af", "eda080", "f4908080", "80", "f0808080", "c3"]);
      return Buffer.concat([Buffer.from(`${text.slice(0, -1)},"x":"`), Buffer.from(bad, "hex"), Buffer.from('"}')]);
    }),
  ),
  neither(
    "07",
    "UTF-16",
    "malformed",
    part((text, r) => Buffer.from(r.chance(0.5) ? text : `\ufeff${text}`, "utf16le")),
  ),
];
