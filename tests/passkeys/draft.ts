// Two ceremonies of one passkey, by an authenticator of software: a registration, and a use. A kind changes one of them
// before it is signed, so that it is wrong in one way only.
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Random } from "../verifier/random.ts";
import { encode, type Item } from "./cbor.ts";

export type Algorithm = "ES256" | "EdDSA" | "RS256";
export const ALGORITHMS: readonly Algorithm[] = ["ES256", "EdDSA", "RS256"];

export const RP_ID = "a.example";
export const ORIGINS = ["https://a.example", "https://login.a.example:8443", "https://b.example"];

export const UP = 0x01;
export const UV = 0x04;
export const BE = 0x08;
export const BS = 0x10;
const AT = 0x40;
const ED = 0x80;

export const base64 = (bytes: Buffer) => bytes.toString("base64url");
const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest();

/** A ceremony as the judges get it. */
export interface Ceremony {
  /** Base64url. */
  challenge: string;
  response: {
    id: unknown;
    rawId: unknown;
    type: unknown;
    clientExtensionResults: Record<string, unknown>;
    response: Record<string, unknown>;
  };
}

/** What is given to the judges. */
export interface Case {
  rp_id: string;
  origins: string[];
  /** Base64url. */
  account: string;
  created: Ceremony;
  used: Ceremony | null;
}

interface Key {
  algorithm: Algorithm;
  privateKey: KeyObject;
  cose: [Item, Item][];
}

/** Keys are made once for each algorithm, because those of RSA take long. */
const keys = new Map<Algorithm, Key>();

function keyOf(algorithm: Algorithm): Key {
  const made = keys.get(algorithm) ?? makeKey(algorithm);
  keys.set(algorithm, made);
  return made;
}

function makeKey(algorithm: Algorithm): Key {
  const number = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
  if (algorithm === "RS256") {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: "jwk" });
    return {
      algorithm,
      privateKey,
      cose: [
        [1, 3],
        [3, -257],
        [-1, number(n)],
        [-2, number(e)],
      ],
    };
  }
  if (algorithm === "EdDSA") {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const { x } = publicKey.export({ format: "jwk" });
    return {
      algorithm,
      privateKey,
      cose: [
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, number(x)],
      ],
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  return {
    algorithm,
    privateKey,
    cose: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, number(x)],
      [-3, number(y)],
    ],
  };
}

/** One of the two ceremonies, as far as a kind may change it. */
export interface Part {
  /** What the browser states. */
  clientData: Record<string, unknown>;
  /** The client data as text, from what it states. */
  clientText: (clientData: Record<string, unknown>) => Buffer | string;
  rpId: string;
  flags: number;
  counter: number;
  /** Of a registration. */
  credential: { aaguid: Buffer; id: Buffer; cose: [Item, Item][] | Buffer } | undefined;
  extensions: Buffer | undefined;
  /** The last change of the authenticator data. */
  data: (data: Buffer) => Buffer;
  /** The signature, from what is signed. */
  sign: (signed: Buffer) => Buffer;
  /** The last change of the JSON. */
  response: (response: Ceremony["response"]) => void;
}

export class Draft {
  readonly random: Random;
  readonly algorithm: Algorithm;
  readonly key: Key;
  readonly account: Buffer;
  readonly id: Buffer;
  readonly created: Part;
  /** Undefined: only the registration is judged. */
  used: Part | undefined;
  readonly #challenges: [Buffer, Buffer];

  constructor(random: Random, algorithm: Algorithm) {
    this.random = random;
    this.algorithm = algorithm;
    this.key = keyOf(algorithm);
    this.account = random.bytes(32);
    this.id = random.bytes(random.pick([16, 20, 32, 64]));
    this.#challenges = [random.bytes(89), random.bytes(89)];
    const backup = random.pick([0, BE, BE | BS]);
    const credential = { aaguid: random.bytes(16), id: this.id, cose: this.key.cose };
    this.created = this.#part("webauthn.create", 0, { credential, flags: UP | UV | backup });
    const kept = backup === 0 ? 0 : random.pick([BE, BE | BS]);
    this.used = this.#part("webauthn.get", 1, { flags: UP | UV | kept, counter: random.pick([0, 1, 9, 2 ** 32 - 1]) });
  }

  #part(type: string, which: 0 | 1, differing: Partial<Part>): Part {
    const challenge = base64(this.#challenges[which]);
    const { random } = this;
    return {
      clientData: { type, challenge, origin: random.pick(ORIGINS), crossOrigin: false },
      clientText: JSON.stringify,
      ...{ rpId: RP_ID, flags: UP | UV, counter: 0, credential: undefined, extensions: undefined },
      data: (data) => data,
      sign: (signed) => sign(this.algorithm === "EdDSA" ? null : "sha256", signed, this.key.privateKey),
      response: () => {},
      ...differing,
    };
  }

  case(): Case {
    const [first, second] = this.#challenges;
    return {
      ...{ rp_id: RP_ID, origins: ORIGINS, account: base64(this.account) },
      created: this.#ceremony(this.created, first),
      used: this.used === undefined ? null : this.#ceremony(this.used, second),
    };
  }

  #ceremony(part: Part, challenge: Buffer): Ceremony {
    const client = Buffer.from(part.clientText(part.clientData));
    const data = part.data(authenticatorData(part));
    const own =
      part.credential === undefined
        ? { signature: base64(part.sign(Buffer.concat([data, sha256(client)]))), userHandle: base64(this.account) }
        : { transports: ["internal"], ...attestation(data) };
    const response = {
      ...{ id: base64(this.id), rawId: base64(this.id), type: "public-key", clientExtensionResults: {} },
      response: { clientDataJSON: base64(client), authenticatorData: base64(data), ...own } as Record<string, unknown>,
    };
    part.response(response);
    // The other judges read the authenticator data from here.
    if (part.credential !== undefined && typeof response.response.authenticatorData === "string") {
      const changed = Buffer.from(response.response.authenticatorData, "base64url");
      if (base64(changed) === response.response.authenticatorData)
        Object.assign(response.response, attestation(changed));
    }
    return { challenge: base64(challenge), response };
  }
}

function authenticatorData({ rpId, flags, counter, credential, extensions }: Part): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags | (credential === undefined ? 0 : AT) | (extensions === undefined ? 0 : ED);
  head.writeUInt32BE(counter, 1);
  const attested =
    credential === undefined
      ? []
      : [
          credential.aaguid,
          Buffer.of(credential.id.length >> 8, credential.id.length & 255),
          credential.id,
          Buffer.isBuffer(credential.cose) ? credential.cose : encode(credential.cose),
        ];
  return Buffer.concat([sha256(rpId), head, ...attested, extensions ?? Buffer.alloc(0)]);
}

const attestation = (data: Buffer) => ({
  attestationObject: base64(
    encode([
      ["fmt", "none"],
      ["attStmt", []],
      ["authData", data],
    ]),
  ),
});
