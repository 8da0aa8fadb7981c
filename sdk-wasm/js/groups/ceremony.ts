// The two ceremonies of WebAuthn in the browser: from the service's options to the answer for the service, both as JSON.
import { creationOptions, jsonOf, requestOptions } from "./webauthn-json.js";

export async function create(options: object) {
  const publicKey = creationOptions(options as PublicKeyCredentialCreationOptionsJSON);
  return jsonOf(await navigator.credentials.create({ publicKey }));
}

export async function get(options: object, signal?: AbortSignal, conditional = false) {
  const publicKey = requestOptions(options as PublicKeyCredentialRequestOptionsJSON);
  const request: CredentialRequestOptions = { publicKey };
  if (signal) request.signal = signal;
  if (conditional) request.mediation = "conditional";
  return jsonOf(await navigator.credentials.get(request));
}
