import { platform } from "./platform.js";

export const utf8 = (text: string): Uint8Array => new (platform("TextEncoder"))().encode(text);
export const fromUtf8 = (bytes: Uint8Array): string => new (platform("TextDecoder"))().decode(bytes);

export function toBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Throws if it is not base64url. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
