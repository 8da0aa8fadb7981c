// The authenticator of a fake browser: it signs with ES256, as those of users do, and its passkeys have copies.
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { fromBase64url, toBase64url, utf8 } from "./bytes.js";
import type { FakeAuthenticator } from "./types.js";

interface Key {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly rpId: string;
  readonly user: { readonly handle: Uint8Array; readonly name: string };
  readonly secret: Uint8Array;
}

/** UP, UV, BE and BS. */
const FLAGS = 0b1_1101;
/** AT: there is a new key in the authenticator data. */
const WITH_KEY = 0b100_0000;
/** SubjectPublicKeyInfo of P-256, up to its point (RFC 5480). */
const SPKI = hexToBytes("3059301306072a8648ce3d020106082a8648ce3d030107034200");

/** What the platform gives for both ceremonies; `undefined` members are those of the other one. */
interface Response {
  readonly clientDataJSON: Uint8Array;
  readonly authenticatorData: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly userHandle?: Uint8Array;
}

/** Passkeys, and a user who answers the browser's dialogs. */
export class Authenticator implements FakeAuthenticator {
  answer: FakeAuthenticator["answer"] = "confirm";
  isAvailable = true;
  readonly #origin: string;
  readonly #keys: Key[] = [];
  #made = 0;
  /** Ceremonies with conditional UI, which wait for the user. */
  readonly #waiting = new Set<() => void>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  get passkeys(): readonly string[] {
    return this.#keys.map(({ user }) => user.name);
  }

  autofill(): void {
    for (const choose of [...this.#waiting]) choose();
  }

  /** `navigator.credentials` of a tab. */
  readonly credentials = {
    create: async ({ publicKey, signal }: CredentialCreationOptions): Promise<object> => {
      if (signal?.aborted) throw signal.reason;
      if (!publicKey) throw new TypeError("publicKey is missing.");
      this.#confirm();
      const { user, challenge, excludeCredentials = [] } = publicKey;
      const rpId = publicKey.rp.id ?? new URL(this.#origin).hostname;
      if (excludeCredentials.some(({ id }) => this.#keys.some((key) => isEqual(key.id, bytesOf(id))))) {
        throw new DOMException("There is a passkey of this account already.", "InvalidStateError");
      }
      this.#made += 1;
      const seed = sha256(utf8(`${this.#origin} ${this.#made} ${toBase64url(bytesOf(user.id))}`));
      const key: Key = {
        ...{ id: Uint8Array.from(seed.slice(0, 16)), rpId, secret: seed },
        user: { handle: bytesOf(user.id), name: user.name },
      };
      this.#keys.push(key);
      const point = p256.getPublicKey(key.secret, false);
      return credential(key, {
        clientDataJSON: this.#clientData("create", challenge),
        // Without the key in COSE form: the service reads it from `publicKey`.
        authenticatorData: authenticatorData(rpId, FLAGS | WITH_KEY),
        publicKey: concatBytes(SPKI, point),
      });
    },

    get: async ({ publicKey, mediation, signal }: CredentialRequestOptions): Promise<object> => {
      if (signal?.aborted) throw signal.reason;
      if (!publicKey) throw new TypeError("publicKey is missing.");
      if (mediation === "conditional") await this.#chosen(signal ?? undefined);
      this.#confirm();
      const rpId = publicKey.rpId ?? new URL(this.#origin).hostname;
      const allowed = publicKey.allowCredentials ?? [];
      const key = this.#keys
        .filter((each) => each.rpId === rpId)
        .filter((each) => !allowed.length || allowed.some(({ id }) => isEqual(each.id, bytesOf(id))))
        .at(-1);
      if (!key) throw notAllowed();
      const clientDataJSON = this.#clientData("get", publicKey.challenge);
      const data = authenticatorData(rpId, FLAGS);
      const signature = p256.sign(concatBytes(data, sha256(clientDataJSON)), key.secret, { format: "der" });
      return credential(key, { clientDataJSON, authenticatorData: data, signature, userHandle: key.user.handle });
    },
  };

  #confirm(): void {
    if (this.answer === "cancel") throw notAllowed();
  }

  async #chosen(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((done, fail) => {
      const choose = () => {
        this.#waiting.delete(choose);
        done();
      };
      this.#waiting.add(choose);
      signal?.addEventListener("abort", () => {
        this.#waiting.delete(choose);
        fail(signal.reason);
      });
    });
  }

  #clientData(type: "create" | "get", challenge: BufferSource): Uint8Array {
    const data = { type: `webauthn.${type}`, challenge: toBase64url(bytesOf(challenge)), origin: this.#origin };
    return utf8(JSON.stringify({ ...data, crossOrigin: false }));
  }
}

function authenticatorData(rpId: string, flags: number): Uint8Array {
  // The counter stays at 0, as that of passkeys with copies does.
  return concatBytes(sha256(utf8(rpId)), Uint8Array.of(flags, 0, 0, 0, 0));
}

/** A `PublicKeyCredential`, with the members that pages read. */
function credential(key: Key, response: Response): object {
  const id = toBase64url(key.id);
  const isNew = response.publicKey !== undefined;
  const json = Object.fromEntries(
    Object.entries(response).map(([name, bytes]: [string, Uint8Array]) => [name, toBase64url(bytes)]),
  );
  const more = isNew ? { publicKeyAlgorithm: -7, transports: ["internal", "hybrid"] } : {};
  return {
    ...{ id, rawId: key.id.buffer, type: "public-key", authenticatorAttachment: "platform", response },
    getClientExtensionResults: () => ({}),
    toJSON: () => ({
      ...{ id, rawId: id, type: "public-key", authenticatorAttachment: "platform", clientExtensionResults: {} },
      response: { ...json, ...more },
    }),
  };
}

/** What pages use of the class `PublicKeyCredential`. */
export const PUBLIC_KEY_CREDENTIAL = {
  isConditionalMediationAvailable: async () => true,
  isUserVerifyingPlatformAuthenticatorAvailable: async () => true,
  parseCreationOptionsFromJSON: ({ challenge, user, excludeCredentials = [], ...rest }: CreationJson) => ({
    ...rest,
    challenge: fromBase64url(challenge),
    user: { ...user, id: fromBase64url(user.id) },
    excludeCredentials: excludeCredentials.map((each) => ({ ...each, id: fromBase64url(each.id) })),
  }),
  parseRequestOptionsFromJSON: ({ challenge, allowCredentials = [], ...rest }: RequestJson) => ({
    ...rest,
    challenge: fromBase64url(challenge),
    allowCredentials: allowCredentials.map((each) => ({ ...each, id: fromBase64url(each.id) })),
  }),
};

type CreationJson = PublicKeyCredentialCreationOptionsJSON;
type RequestJson = PublicKeyCredentialRequestOptionsJSON;

const notAllowed = () => new DOMException("The operation was cancelled, or no passkey fits.", "NotAllowedError");

function bytesOf(source: BufferSource): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : source;
  return Uint8Array.from(new Uint8Array(view as ArrayBuffer));
}

const isEqual = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);
