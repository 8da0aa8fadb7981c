#!/usr/bin/env node
// A command line that calls your API for a user.
//   notes sign-in            opens the browser of this computer
//   notes sign-in --device   for a computer without a browser: the user enters a code on another device
//   notes get <path>         calls the API, for instance /api/notes
//   notes sign-out
// NOTES_SERVICE is the origin of the Worker; NOTES_HOME is the folder in which the session is kept.
import { signInWithDevice } from "./device.mjs";
import { signInWithBrowser } from "./loopback.mjs";
import { addressOf, callApi, connect, loadSession, saveSession, signOut } from "./session.mjs";

const SERVICE = new URL(process.env.NOTES_SERVICE ?? "https://app.acme.dev");
const SCOPE = "openid email notes:read";

/** @param {string[]} args */
async function main([command, option]) {
  const service = await connect(SERVICE, "notes-cli");
  if (command === "sign-in") {
    const signIn = option === "--device" ? signInWithDevice : signInWithBrowser;
    const { tokens, key } = await signIn(service, SCOPE);
    await saveSession({ refreshToken: tokens.refresh_token, key });
    console.log(`Signed in as ${await addressOf(service, tokens, key)}.`);
    return;
  }
  const session = await loadSession();
  if (session === undefined) throw new Error("Not signed in. Run: notes sign-in");
  if (command === "get") {
    const response = await callApi(service, session, new URL(option ?? "/", SERVICE));
    console.log(await response.text());
    if (!response.ok) process.exitCode = 1;
  } else if (command === "sign-out") {
    await signOut(service, session);
    console.log("Signed out.");
  } else throw new Error(`There is no command ${command}.`);
}

await main(process.argv.slice(2)).catch((error) => {
  // `error_description`: what the service says about it (RFC 6749 section 5.2).
  console.error(error.error_description ?? error.message);
  process.exitCode = 1;
});
