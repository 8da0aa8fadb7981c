// The session: a refresh token, and the key to which it is bound (RFC 9449). The service accepts the refresh token only
// with a proof by this key, and the API accepts an access token only with one.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as oauth from "openid-client";

const folder = () => process.env.NOTES_HOME ?? join(homedir(), ".notes");
const file = () => join(folder(), "session.json");
const ES256 = { name: "ECDSA", namedCurve: "P-256" };

/**
 * Reads the service's metadata (RFC 8414). The client is public: a program on the user's computer can keep no secret.
 * @param {URL} origin @param {string} clientId
 */
export function connect(origin, clientId) {
  const isLocal = origin.protocol === "http:" && origin.hostname === "localhost";
  return oauth.discovery(origin, clientId, undefined, oauth.None(), {
    algorithm: "oauth2",
    execute: isLocal ? [oauth.allowInsecureRequests] : [],
  });
}

/** A new key. It can be exported, because it has to outlive this process. */
export const newKey = () => oauth.randomDPoPKeyPair("ES256", { extractable: true });

/** @typedef {{ refreshToken: string | undefined, key: CryptoKeyPair }} Session */

/** @returns {Promise<Session | undefined>} */
export async function loadSession() {
  const text = await readFile(file(), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { refreshToken, publicKey, privateKey } = JSON.parse(text);
  const key = {
    publicKey: await crypto.subtle.importKey("jwk", publicKey, ES256, true, ["verify"]),
    privateKey: await crypto.subtle.importKey("jwk", privateKey, ES256, true, ["sign"]),
  };
  return { refreshToken, key };
}

/**
 * Stores the session for this user of the computer only. Renaming replaces the file as a whole, so a process that is
 * stopped meanwhile leaves the old session or the new one.
 * @param {Session} session
 */
export async function saveSession({ refreshToken, key }) {
  const [publicKey, privateKey] = await Promise.all(
    [key.publicKey, key.privateKey].map((half) => crypto.subtle.exportKey("jwk", half)),
  );
  await mkdir(folder(), { recursive: true, mode: 0o700 });
  const written = `${file()}.${process.pid}`;
  await writeFile(written, JSON.stringify({ refreshToken, publicKey, privateKey }), { mode: 0o600 });
  await rename(written, file());
}

/**
 * The user's address, which the scope `email` permits to know.
 * @param {oauth.Configuration} service @param {oauth.TokenEndpointResponse & oauth.TokenEndpointResponseHelpers} tokens
 * @param {CryptoKeyPair} key
 */
export async function addressOf(service, tokens, key) {
  const subject = tokens.claims()?.sub ?? "";
  const user = await oauth.fetchUserInfo(service, tokens.access_token, subject, {
    DPoP: oauth.getDPoPHandle(service, key),
  });
  return user.email;
}

/**
 * Calls the API with a new access token, which is never stored.
 * @param {oauth.Configuration} service @param {Session} session @param {URL} url
 */
export async function callApi(service, session, url) {
  const DPoP = oauth.getDPoPHandle(service, session.key);
  const tokens = await refresh(service, session, DPoP);
  // The service sends a refresh token only if it is another one.
  if (tokens.refresh_token) await saveSession({ ...session, refreshToken: tokens.refresh_token });
  const call = oauth.fetchProtectedResource(service, tokens.access_token, url, "GET", undefined, undefined, { DPoP });
  // A challenge, such as one about a missing scope, is an answer of the API.
  return call.catch((error) => {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error.response;
    throw error;
  });
}

/** @param {oauth.Configuration} service @param {Session} session @param {oauth.DPoPHandle} DPoP */
async function refresh(service, session, DPoP) {
  try {
    return await oauth.refreshTokenGrant(service, session.refreshToken ?? "", undefined, { DPoP });
  } catch (error) {
    // Only this code ends the session. Any other failure, such as no network, is temporary.
    if (!(error instanceof oauth.ResponseBodyError && error.error === "invalid_grant")) throw error;
    await rm(file(), { force: true });
    throw new Error("The session has ended. Run: notes sign-in");
  }
}

/** Ends the session at the service, then forgets it. @param {oauth.Configuration} service @param {Session} session */
export async function signOut(service, session) {
  await oauth.tokenRevocation(service, session.refreshToken ?? "", { token_type_hint: "refresh_token" });
  await rm(file(), { force: true });
}
