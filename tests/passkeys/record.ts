// Writes recorded.json: ceremonies of Chromium's virtual authenticators (DevTools protocol, domain WebAuthn), as
// `toJSON()` gives them. Run by hand when the browser changes: node tests/passkeys/record.ts
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { launch } from "../harness/browser.ts";

const ALGORITHMS = [-7, -8, -257];
const AUTHENTICATORS = [
  { transport: "internal", defaultBackupEligibility: true, defaultBackupState: true },
  { transport: "internal", defaultBackupEligibility: true },
  { transport: "usb" },
] as const;

const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>Page"));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
const browser = await launch();
const recorded: unknown[] = [];
for (const options of AUTHENTICATORS) {
  for (const algorithm of ALGORITHMS) {
    const page = await browser.newPage();
    await page.goto(origin);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...options,
      },
    });
    const ceremonies = await page
      .evaluate(run, algorithm)
      .catch((error) => console.log(options, algorithm, String(error)));
    if (ceremonies !== undefined) {
      recorded.push({
        name: `${options.transport}, ${algorithm}`,
        rp_id: "localhost",
        origins: [origin],
        ...ceremonies,
      });
    }
    await page.close();
  }
}
await browser.close();
server.close();
await writeFile(new URL("recorded.json", import.meta.url), `${JSON.stringify(recorded, null, 2)}\n`);
console.log(`${recorded.length} recorded, Chromium ${browser.version()}`);

/** In the page. */
async function run(algorithm: number) {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const base64 = (bytes: Uint8Array) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const [account, first, second] = [random(32), random(89), random(89)];
  const created = (await navigator.credentials.create({
    publicKey: {
      challenge: first,
      rp: { id: "localhost", name: "RP" },
      user: { id: account, name: "user", displayName: "User" },
      pubKeyCredParams: [{ type: "public-key", alg: algorithm }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential;
  const used = (await navigator.credentials.get({
    publicKey: { challenge: second, rpId: "localhost", userVerification: "required" },
  })) as PublicKeyCredential;
  return {
    account: base64(account),
    created: { challenge: base64(first), response: created.toJSON() as unknown },
    used: { challenge: base64(second), response: used.toJSON() as unknown },
  };
}
