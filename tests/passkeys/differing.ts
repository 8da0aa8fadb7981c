// The kinds on which the judges differ, each with the reason. Nothing that another judge refuses is accepted by ours.
import type { Random } from "../verifier/random.ts";
import { encode, type Item, Raw } from "./cbor.ts";
import { BE, BS, base64, type Draft } from "./draft.ts";
import { both, type Change, creation, credential, differs, type Kind, type Make, some, use, type Who } from "./kind.ts";

const CALLER = "The other leaves it to its caller, which looks the credential up.";
const CALLERS = "Both others leave it to their callers.";
const FRAMES =
  "A page in a frame cannot show whose it is. @simplewebauthn/server checks topOrigin in a use, webauthn-rs crossOrigin in a registration.";
const JSON_TEXT =
  "Such client data have no meaning that all parsers share (RFC 8259, section 4), and no browser writes them.";
const CANONICAL = "WebAuthn requires CTAP2's canonical form; the others read more.";
const ELIGIBILITY = "It never changes (WebAuthn section 7.2, step 21). @simplewebauthn/server leaves it to its caller.";
const TRAILING = "webauthn-rs ignores what follows.";
const MAPS = "Extension outputs are a map. @simplewebauthn/server reads any item.";
const IDS = "webauthn-rs ignores the members that it does not need.";
const LENGTHS = "WebAuthn allows 1 to 1023 bytes (section 7.1, step 25).";
const LENIENT = "The others decode other spellings of base64url, too.";
const BY_DATA = ["public_key", "credential_id", "authenticator_data", "backup_flags"];
const DATA = "The reasons above: keys, ids and lengths that one other does not check, and other forms of CBOR.";
const TEXT = "The reasons above; webauthn-rs accepts origins in upper case.";
const BER = "@simplewebauthn/server reads BER, and ignores what follows.";

/** A change of both ceremonies: who accepts the registration, and who the use. */
const inBoth = (name: string, refusal: string, accepted: readonly [Who[], Who[]], because: string, change: Change) =>
  both(change, (which, make, i) => differs(`${which} ${name}`, refusal, accepted[i], because, make));

/** A change of the key's members. */
const key =
  (change: (members: [Item, Item][], draft: Draft, random: Random) => [Item, Item][] | Buffer): Make =>
  (draft, random) => {
    credential(draft).cose = change(draft.key.cose, draft, random);
  };

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const bit = random.below(copy.length * 8);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

const named = (draft: Draft, id: Buffer) => {
  credential(draft).id = id;
  creation(draft).response = (response) => {
    response.id = base64(id);
    response.rawId = base64(id);
  };
};

const CHOSEN: Kind[] = [
  differs("a use of another credential", "credential_id", ["simple"], CALLER, (draft, random) => {
    const other = base64(random.bytes(16));
    use(draft).response = (response) => {
      response.id = other;
      response.rawId = other;
    };
  }),
  differs("a use with another user handle", "user_handle", ["simple", "rs"], CALLERS, (draft, random) => {
    const other = base64(random.bytes(32));
    use(draft).response = ({ response }) => {
      response.userHandle = other;
    };
  }),
  ...inBoth("in a frame of another origin", "cross_origin", [["simple"], ["simple", "rs"]], FRAMES, (part) => {
    part.clientData.crossOrigin = true;
  }),
  ...inBoth("in a frame of a stated origin", "cross_origin", [["simple"], ["rs"]], FRAMES, (part) => {
    Object.assign(part.clientData, { crossOrigin: true, topOrigin: "https://evil.example" });
  }),
  ...inBoth("with a topOrigin without a frame", "cross_origin", [["simple", "rs"], ["rs"]], FRAMES, (part) => {
    part.clientData.topOrigin = "https://a.example";
  }),
  ...inBoth("with two origins in the client data", "client_data", [["simple"], ["simple"]], JSON_TEXT, (part) => {
    part.clientText = (data) => JSON.stringify(data).replace('"origin"', '"origin":"https://evil.example","origin"');
  }),
  ...inBoth("with a byte order mark", "client_data", [["simple"], ["simple"]], JSON_TEXT, (part) => {
    part.clientText = (data) => `\ufeff${JSON.stringify(data)}`;
  }),
  ...inBoth("whose crossOrigin is a text", "client_data", [["simple"], ["simple"]], JSON_TEXT, (part) => {
    part.clientData.crossOrigin = "false";
  }),
  differs("a use of a passkey that can no longer be backed up", "backup_flags", ["simple"], ELIGIBILITY, (draft) => {
    draft.created.flags |= BE;
    use(draft).flags &= ~(BE | BS);
  }),
  differs("a use of a passkey that can be backed up now", "backup_flags", ["simple"], ELIGIBILITY, (draft) => {
    draft.created.flags &= ~(BE | BS);
    use(draft).flags |= BE;
  }),
  ...inBoth("with a byte after the authenticator data", "authenticator_data", [["rs"], ["rs"]], TRAILING, (part) => {
    part.data = (data) => Buffer.concat([data, Buffer.of(0)]);
  }),
  ...inBoth("whose extensions are an array", "authenticator_data", [["simple"], ["simple"]], MAPS, (part) => {
    part.extensions = Buffer.of(0x80);
  }),
  ...inBoth("whose extensions state no length", "authenticator_data", [["rs"], ["rs"]], CANONICAL, (part) => {
    part.extensions = Buffer.of(0xbf, 0x61, 0x61, 0x01, 0xff);
  }),
  differs("a registration whose data name another id", "credential_id", ["simple", "rs"], CALLERS, (draft, random) => {
    credential(draft).id = random.bytes(16);
  }),
  differs("a credential id of 1024 bytes", "credential_id", ["simple", "rs"], LENGTHS, (draft, random) => {
    named(draft, random.bytes(1024));
  }),
  differs("an empty credential id", "credential_id", ["rs"], LENGTHS, (draft) => {
    named(draft, Buffer.alloc(0));
  }),
  ...inBoth("of another credential type", "credential_type", [["rs"], ["rs"]], IDS, (part) => {
    part.response = (response) => {
      response.type = "password";
    };
  }),
  differs("a registration with two ids", "credential_id", ["rs"], IDS, (draft, random) => {
    const other = base64(random.bytes(16));
    creation(draft).response = (response) => {
      response.rawId = other;
    };
  }),
  differs(
    "a key with a key id",
    "public_key",
    ["simple", "rs"],
    "Keys have no optional members (WebAuthn section 6.5.1.1).",
    key((members) => [...members, [2, Buffer.of(1)]]),
  ),
  differs(
    "a key that states its type twice",
    "public_key",
    ["rs"],
    CANONICAL,
    key((members) => [...members, ...members.slice(0, 1)]),
  ),
  differs(
    "a key that states no length",
    "public_key",
    ["rs"],
    CANONICAL,
    key((members) => Buffer.concat([Buffer.of(0xbf), ...members.flatMap((pair) => pair.map(encode)), Buffer.of(0xff)])),
  ),
  differs(
    "a key with a number that is longer than needed",
    "public_key",
    ["rs"],
    CANONICAL,
    key((members) =>
      members.map(([label, value]) => [label, label === 1 ? new Raw(Buffer.of(0x18, value as number)) : value]),
    ),
  ),
  differs(
    "a key of another size, or off its curve",
    "public_key",
    ["simple"],
    "@simplewebauthn/server does not check keys before they are used.",
    key((members, draft, random) => {
      const sizes = [random.bytes(31), random.bytes(33)];
      const wrong = draft.algorithm === "ES256" ? [...sizes, Buffer.alloc(32, 0xff)] : sizes;
      return members.map(([label, value]) => [label, label === -2 ? random.pick(wrong) : value]);
    }),
  ),
];

const BY_CHANCE: Kind[] = [
  ...both(
    (part) => {
      part.response = ({ response }) => {
        response.clientDataJSON = `${response.clientDataJSON}==`;
      };
    },
    (which, make) => some(`${which} with padding`, ["encoding"], LENIENT, make),
  ),
  some("a signature with lengths that are longer than needed", ["signature"], BER, (draft) => {
    const { sign: signed } = use(draft);
    use(draft).sign = (bytes) => {
      const signature = signed(bytes);
      if (draft.algorithm !== "ES256") return Buffer.concat([Buffer.of(0), signature]);
      return Buffer.concat([Buffer.of(0x30, 0x81, signature.length - 2), signature.subarray(2)]);
    };
  }),
  some("a signature with a byte after it", ["signature"], BER, (draft) => {
    const { sign: signed } = use(draft);
    use(draft).sign = (bytes) => Buffer.concat([signed(bytes), Buffer.of(0)]);
  }),
  ...both(
    (part, _, random) => {
      part.clientText = (data) => flipped(Buffer.from(JSON.stringify(data)), random);
    },
    (which, make) =>
      some(`${which} with a changed bit in the client data`, ["client_data", "cross_origin", "origin"], TEXT, make),
  ),
  ...both(
    (part, _, random) => {
      part.data = (data) => flipped(data, random);
    },
    (which, make) => some(`${which} with a changed bit in the authenticator data`, BY_DATA, DATA, make),
  ),
  ...both(
    (part, _, random) => {
      part.data = (data) => {
        const at = random.below(data.length);
        const rest = data.subarray(random.chance(0.5) ? at + 1 : at);
        return Buffer.concat([
          data.subarray(0, at),
          rest.length + at < data.length ? Buffer.alloc(0) : random.bytes(1),
          rest,
        ]);
      };
    },
    (which, make) => some(`${which} with a byte more or less in the authenticator data`, BY_DATA, DATA, make),
  ),
  some("a use with a changed bit in the signature", ["signature"], BER, (draft, random) => {
    const { sign: signed } = use(draft);
    use(draft).sign = (bytes) => flipped(signed(bytes), random);
  }),
  ...both(
    (part, _, random) => {
      part.response = (response) => {
        const name = random.pick(["clientDataJSON", "authenticatorData", "signature"]);
        const text = response.response[name];
        if (typeof text !== "string") return;
        const at = random.below(text.length);
        const instead = random.pick(["A", "_", "+", "/", "=", " ", ""]);
        response.response[name] = text.slice(0, at) + instead + text.slice(at + 1);
      };
    },
    (which, make) =>
      some(
        `${which} with a changed character in its base64url`,
        ["encoding", "client_data", "signature", ...BY_DATA],
        LENIENT,
        make,
      ),
  ),
];

export const DIFFERING: Kind[] = [...CHOSEN, ...BY_CHANCE];
