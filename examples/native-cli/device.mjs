// Sign-in on another device (RFC 8628), for a computer without a browser: the user opens a page on their phone, and
// enters the code that this program shows.
import * as oauth from "openid-client";
import { newKey } from "./session.mjs";

/** @param {oauth.Configuration} service @param {string} scope */
export async function signInWithDevice(service, scope) {
  const key = await newKey();
  const DPoP = oauth.getDPoPHandle(service, key);
  const device = await oauth.initiateDeviceAuthorization(service, { scope });
  console.error(`Open ${device.verification_uri} and enter the code ${device.user_code}`);
  // Asks in the interval that the service states, and more slowly if the service says so.
  return { key, tokens: await oauth.pollDeviceAuthorizationGrant(service, device, undefined, { DPoP }) };
}
