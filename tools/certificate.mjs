// A self-signed certificate for https on localhost, stored in .latchkey/ until it is about to expire.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runDir } from "./paths.mjs";

const DAY = 24 * 60 * 60 * 1000;

/** @typedef {{ keyPath: string, certPath: string, cert: string }} Certificate */

/** @type {Promise<Certificate> | undefined} One at a time, because the key and the certificate are two files. */
let certificate;

/** @returns {Promise<Certificate>} */
export function localCertificate() {
  certificate ??= keptOrNew();
  return certificate;
}

/** @returns {Promise<Certificate>} */
async function keptOrNew() {
  const dir = join(runDir, "https");
  const keyPath = join(dir, "key.pem");
  const certPath = join(dir, "cert.pem");
  const [kept, key] = await Promise.all([certPath, keyPath].map((path) => readFile(path, "utf8").catch(() => null)));
  if (kept && key && isUsable(new X509Certificate(kept), key)) return { keyPath, certPath, cert: kept };
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 90 * DAY),
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  await mkdir(dir, { recursive: true });
  await writeFile(keyPath, made.private, { mode: 0o600 });
  await writeFile(certPath, made.cert);
  return { keyPath, certPath, cert: made.cert };
}

/** @param {X509Certificate} kept @param {string} key */
function isUsable(kept, key) {
  return kept.checkPrivateKey(createPrivateKey(key)) && new Date(kept.validTo).getTime() > Date.now() + 7 * DAY;
}
