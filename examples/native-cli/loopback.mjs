// Sign-in in the browser of this computer (RFC 8252): the browser returns the authorization code to a port of the
// loopback interface, on which this program listens while the user signs in.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import * as oauth from "openid-client";
import { newKey } from "./session.mjs";

/** @param {oauth.Configuration} service @param {string} scope */
export async function signInWithBrowser(service, scope) {
  const key = await newKey();
  const DPoP = oauth.getDPoPHandle(service, key);
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const expectedNonce = oauth.randomNonce();
  const callback = await listen();
  try {
    const url = oauth.buildAuthorizationUrl(service, {
      redirect_uri: callback.uri,
      scope,
      code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      nonce: expectedNonce,
      // Binds the code to the key too (RFC 9449, section 10).
      dpop_jkt: await DPoP.calculateThumbprint(),
    });
    console.error(`Sign in at: ${url.href}`);
    openBrowser(url);
    // Checks `state`, and `iss` (RFC 9207), before the code is sent.
    const checks = { pkceCodeVerifier, expectedState, expectedNonce };
    return {
      key,
      tokens: await oauth.authorizationCodeGrant(service, await callback.url, checks, undefined, { DPoP }),
    };
  } finally {
    callback.close();
  }
}

/** Listens on a free port. The service accepts any port of the registered address `http://127.0.0.1/callback`. */
async function listen() {
  /** @type {(url: URL) => void} */
  let received;
  const url = new Promise((done) => {
    received = done;
  });
  const server = createServer((request, response) => {
    const target = new URL(request.url ?? "/", uri);
    if (request.method !== "GET" || target.pathname !== "/callback") return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": "text/plain", Connection: "close" }).end("You can close this page.\n");
    received(target);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const uri = `http://127.0.0.1:${port}/callback`;
  return { uri, url, close: () => server.close() };
}

const OPENERS = { darwin: ["open"], win32: ["rundll32", "url.dll,FileProtocolHandler"] };

/** Never in a web view of this program: the user could not see at which address they type their password. @param {URL} url */
function openBrowser(url) {
  if (process.env.BROWSER === "none") return;
  const [program, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, url.href], { stdio: "ignore", detached: true });
  // The address is on the terminal too.
  child.on("error", () => {});
  child.unref();
}
