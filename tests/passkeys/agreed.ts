// The kinds on which all judges agree: right ceremonies, and those that are wrong in one way.
import { generateKeyPairSync, sign } from "node:crypto";
import { encode } from "./cbor.ts";
import { BE, BS, base64, UP, UV } from "./draft.ts";
import { both, creation, credential, type Kind, right, use, wrong } from "./kind.ts";

const RIGHT: Kind[] = [
  ...both(
    () => {},
    (which, make) => right(`${which} as usual`, make),
  ),
  ...both(
    (part) => {
      delete part.clientData.crossOrigin;
    },
    (which, make) => right(`${which} without crossOrigin`, make),
  ),
  ...both(
    (part) => {
      part.clientData.other_keys_can_be_added_here = "do not compare clientDataJSON against a template";
    },
    (which, make) => right(`${which} with another member in the client data`, make),
  ),
  ...both(
    (part) => {
      part.clientText = (data) => JSON.stringify(data, null, 2);
    },
    (which, make) => right(`${which} with spaces in the client data`, make),
  ),
  ...both(
    (part) => {
      part.extensions = encode([["credProtect", 2]]);
    },
    (which, make) => right(`${which} with an extension's output`, make),
  ),
  ...both(
    (part) => {
      part.flags |= 0x22;
    },
    (which, make) => right(`${which} with reserved flags`, make),
  ),
  right("a registration with a counter, and a use with a higher one", (draft) => {
    draft.created.counter = 7;
    use(draft).counter = 8;
  }),
  right("a use without a user handle", (draft) => {
    use(draft).response = ({ response }) => {
      delete response.userHandle;
    };
  }),
  right("a registration without transports", (draft) => {
    creation(draft).response = ({ response }) => {
      delete response.transports;
    };
  }),
];

const CLIENT_DATA: Kind[] = [
  ...both(
    (part, _, random) => {
      part.clientData.challenge = base64(random.bytes(89));
    },
    (which, make) => wrong(`${which} for another challenge`, "challenge", make),
  ),
  ...both(
    (part) => {
      part.clientData.challenge = "";
    },
    (which, make) => wrong(`${which} without a challenge`, "challenge", make),
  ),
  ...both(
    (part) => {
      part.clientData.type = part.clientData.type === "webauthn.get" ? "webauthn.create" : "webauthn.get";
    },
    (which, make) => wrong(`${which} of the other type`, "ceremony", make),
  ),
  ...both(
    (part, _, random) => {
      part.clientData.origin = random.pick([
        ...["https://evil.example", "https://a.example.evil.example", "https://x.a.example", "http://a.example"],
        ...["https://a.example:444", "https://login.a.example", "https://aexample"],
      ]);
    },
    (which, make) => wrong(`${which} at another origin`, "origin", make),
  ),
  ...both(
    (part) => {
      part.clientText = (data) => JSON.stringify(data).slice(0, -1);
    },
    (which, make) => wrong(`${which} with cut client data`, "client_data", make),
  ),
  ...both(
    (part, _, random) => {
      delete part.clientData[random.pick(["type", "challenge", "origin"])];
    },
    (which, make) => wrong(`${which} without a member of the client data`, "client_data", make),
  ),
];

const AUTHENTICATOR_DATA: Kind[] = [
  ...both(
    (part, _, random) => {
      part.rpId = random.pick(["b.example", "login.a.example", "", "A.example"]);
    },
    (which, make) => wrong(`${which} for another RP ID`, "rp_id", make),
  ),
  ...both(
    (part) => {
      part.flags &= ~UP;
    },
    (which, make) => wrong(`${which} without a present user`, "user_presence", make),
  ),
  ...both(
    (part) => {
      part.flags &= ~UV;
    },
    (which, make) => wrong(`${which} without a verified user`, "user_verification", make),
  ),
  ...both(
    (part, _, random) => {
      part.data = (data) => data.subarray(0, random.below(37));
    },
    (which, make) => wrong(`${which} with cut authenticator data`, "authenticator_data", make),
  ),
];

const SIGNATURES: Kind[] = [
  wrong("a use signed by another key", "signature", (draft) => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const others = generateKeyPairSync("ed25519").privateKey;
    use(draft).sign =
      draft.algorithm === "ES256"
        ? (signed) => sign("sha256", signed, other)
        : draft.algorithm === "EdDSA"
          ? (signed) => sign(null, signed, others)
          : (signed) => Buffer.from(sign("sha256", signed, draft.key.privateKey)).reverse();
  }),
  wrong("a use with a changed bit in its signature", "signature", (draft, random) => {
    const { sign: signed } = use(draft);
    use(draft).sign = (bytes) => {
      const signature = Buffer.from(signed(bytes));
      // Not in the lengths of DER, which the kinds below change.
      const at = signature.length - 1 - random.below(24);
      signature[at] = (signature[at] ?? 0) ^ (1 << random.below(8));
      return signature;
    };
  }),
  wrong("a use without a signature", "signature", (draft) => {
    use(draft).sign = () => Buffer.alloc(0);
  }),
  wrong("a use whose signature is for other client data", "signature", (draft) => {
    const { sign: signed } = use(draft);
    use(draft).sign = (bytes) => signed(Buffer.concat([bytes.subarray(0, -32), Buffer.alloc(32)]));
  }),
];

const OTHERS: Kind[] = [
  wrong("a counter that does not rise", "counter", (draft, random) => {
    draft.created.counter = 7;
    use(draft).counter = random.pick([7, 6, 1, 0]);
  }),
  wrong("a registration without a credential", "authenticator_data", (draft) => {
    creation(draft).data = (data) =>
      Buffer.concat([data.subarray(0, 32), Buffer.of((data[32] ?? 0) & ~0x40), data.subarray(33, 37)]);
  }),
  ...both(
    (part) => {
      part.flags = (part.flags & ~BE) | BS;
    },
    (which, make) => wrong(`${which} of a passkey that is backed up but cannot be`, "backup_flags", make),
  ),
  wrong("a key of P-384", "algorithm", (draft) => {
    const { x, y } = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
    const number = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
    credential(draft).cose = encode([
      [1, 2],
      [3, -35],
      [-1, 2],
      [-2, number(x)],
      [-3, number(y)],
    ]);
  }),
  wrong("a key without alg", "public_key", (draft) => {
    credential(draft).cose = draft.key.cose.filter(([label]) => label !== 3);
  }),
  wrong("a signature in the encoding of JWS", "signature", (draft) => {
    use(draft).sign = (bytes) =>
      draft.algorithm === "ES256"
        ? sign("sha256", bytes, { key: draft.key.privateKey, dsaEncoding: "ieee-p1363" })
        : Buffer.alloc(64);
  }),
];

export const AGREED: Kind[] = [...RIGHT, ...CLIENT_DATA, ...AUTHENTICATOR_DATA, ...SIGNATURES, ...OTHERS];
