// A browser and its authenticator on the level of JSON: it responds to the options of both ceremonies.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { encode } from "../passkeys/cbor.ts";

const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest();
const base64 = (bytes: Buffer) => bytes.toString("base64url");

export interface Held {
  id: Buffer;
  rpId: string;
  userHandle: string;
  key: KeyObject;
  counter: number;
}

export interface Behaviour {
  /** The origin of the page. */
  origin?: string;
  /** UP, UV, BE and BS. */
  flags?: number;
  /** What the browser states about the page, beside the rest. */
  clientData?: Record<string, unknown>;
  /** By how much the counter rises; 0: the authenticator does not count. */
  step?: number;
}

const USUAL = { flags: 0x1d, clientData: {}, step: 0 };

// biome-ignore lint/suspicious/noExplicitAny: the options are checked by what they are used for
type Options = any;

/** Passkeys of one user's device. */
export class Authenticator {
  readonly origin: string;
  readonly held: Held[] = [];

  constructor(origin: string) {
    this.origin = origin;
  }

  #clientData(type: string, challenge: string, { origin = this.origin, clientData = {} }: Behaviour): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...clientData }));
  }

  #data(rpId: string, flags: number, counter: number): Buffer {
    const head = Buffer.alloc(5);
    head[0] = flags;
    head.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(rpId), head]);
  }

  /** `navigator.credentials.create`. */
  create(options: Options, behaviour: Behaviour = {}) {
    const { flags, step } = { ...USUAL, ...behaviour };
    const { rp, user, challenge, pubKeyCredParams, excludeCredentials, authenticatorSelection } = options;
    assert.deepEqual(pubKeyCredParams[0], { type: "public-key", alg: -7 });
    assert.equal(authenticatorSelection.residentKey, "required");
    const excluded = excludeCredentials.map(({ id }: { id: string }) => id);
    assert.ok(!this.held.some(({ id }) => excluded.includes(base64(id))), "InvalidStateError");
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    const id = randomBytes(16);
    this.held.push({ id, rpId: rp.id, userHandle: user.id, key: privateKey, counter: step });
    const cose = encode([
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as [number, number][]),
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]);
    const data = Buffer.concat([this.#data(rp.id, flags | 0x40, step), Buffer.alloc(16), Buffer.of(0, 16), id, cose]);
    return {
      ...{ id: base64(id), rawId: base64(id), type: "public-key", authenticatorAttachment: "platform" },
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64(this.#clientData("webauthn.create", challenge, behaviour)),
        authenticatorData: base64(data),
        transports: ["internal", "hybrid"],
        publicKeyAlgorithm: -7,
      },
    };
  }

  /** `navigator.credentials.get`, with the passkey that is at this place among those that fit. */
  get(options: Options, which = -1, behaviour: Behaviour = {}) {
    const { flags, step } = { ...USUAL, ...behaviour };
    const { rpId, challenge, allowCredentials, userVerification } = options;
    assert.equal(userVerification, "required");
    const allowed = allowCredentials.map(({ id }: { id: string }) => id);
    const fitting = this.held.filter(
      (one) => one.rpId === rpId && (!allowed.length || allowed.includes(base64(one.id))),
    );
    const one = fitting.at(which);
    assert.ok(one, "NotAllowedError: no passkey fits");
    one.counter += step;
    const clientData = this.#clientData("webauthn.get", challenge, behaviour);
    const data = this.#data(rpId, flags, one.counter);
    return {
      ...{ id: base64(one.id), rawId: base64(one.id), type: "public-key", clientExtensionResults: {} },
      response: {
        clientDataJSON: base64(clientData),
        authenticatorData: base64(data),
        signature: base64(sign("sha256", Buffer.concat([data, sha256(clientData)]), one.key)),
        userHandle: one.userHandle as string | undefined,
      },
    };
  }
}
