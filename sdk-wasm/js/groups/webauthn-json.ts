// The forms in JSON of WebAuthn's options and answers (WebAuthn Level 3, sections 5.1.8 to 5.1.10): by the browser's own
// functions, or for a browser that has none (before Chromium 129, Safari 18.4, Firefox 119) by those below.
import type { AskedBody } from "../protocol.js";

export function creationOptions(options: PublicKeyCredentialCreationOptionsJSON): PublicKeyCredentialCreationOptions {
  if (supported().parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const { user, challenge, excludeCredentials = [] } = options;
  return {
    ...(options as object as PublicKeyCredentialCreationOptions),
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: excludeCredentials.map(descriptor),
  };
}

export function requestOptions(options: PublicKeyCredentialRequestOptionsJSON): PublicKeyCredentialRequestOptions {
  if (supported().parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const { challenge, allowCredentials = [] } = options;
  return {
    ...(options as object as PublicKeyCredentialRequestOptions),
    challenge: bytes(challenge),
    allowCredentials: allowCredentials.map(descriptor),
  };
}

/** The browser's answer, for the service. */
export function jsonOf(credential: Credential | null): AskedBody {
  // The specification has `null` for requests of other kinds only.
  if (!credential) throw new DOMException("The browser has given no passkey.", "NotAllowedError");
  const given = credential as PublicKeyCredential;
  return (given.toJSON ? given.toJSON() : written(given)) as AskedBody;
}

function supported(): Partial<typeof PublicKeyCredential> {
  if (typeof PublicKeyCredential !== "undefined") return PublicKeyCredential;
  throw new DOMException("This browser has no passkeys.", "NotSupportedError");
}

function written({ id, type, response, authenticatorAttachment }: PublicKeyCredential): AskedBody {
  const common = { id, rawId: id, type, authenticatorAttachment, clientExtensionResults: {} };
  const clientDataJSON = text(response.clientDataJSON);
  if ("attestationObject" in response) {
    const created = response as AuthenticatorAttestationResponse;
    const publicKey = created.getPublicKey();
    return {
      ...common,
      response: {
        clientDataJSON,
        attestationObject: text(created.attestationObject),
        authenticatorData: text(created.getAuthenticatorData()),
        publicKey: publicKey ? text(publicKey) : undefined,
        publicKeyAlgorithm: created.getPublicKeyAlgorithm(),
        transports: created.getTransports(),
      },
    };
  }
  const { authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON,
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : undefined,
    },
  };
}

const descriptor = ({ id, transports, type }: PublicKeyCredentialDescriptorJSON): PublicKeyCredentialDescriptor => ({
  id: bytes(id),
  type: type as "public-key",
  transports: (transports ?? []) as AuthenticatorTransport[],
});

/** From base64url without padding (RFC 4648 section 5). */
function bytes(encoded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** To base64url without padding. */
function text(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
