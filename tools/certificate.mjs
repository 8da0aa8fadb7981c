// A self-signed certificate for https on localhost, stored in .latchkey/ until it is about to expire.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquire } from "./lock.mjs";
import { runDir } from "./paths.mjs";

const DAY = 24 * 60 * 60 * 1000;

/** @typedef {{ keyPath: string, certPath: string, cert: string }} Certificate */

/** @type {Promise<Certificate> | undefined} */
let certificate;

/** @returns {Promise<Certificate>} */
export function localCertificate() {
  certificate ??= keptOrNew(runDir);
  return certificate;
}

/**
 * The key and the certificate are two files, so one process at a time makes them: test files that run at the same time ask
 * for them.
 * @param {string} parent @returns {Promise<Certificate>}
 */
export async function keptOrNew(parent) {
  const dir = join(parent, "https");
  for (;;) {
    const found = await kept(dir);
    if (found) return found;
    const release = await acquire(join(parent, "https.lock"));
    try {
      if (release) return (await kept(dir)) ?? (await made(dir));
    } finally {
      await release?.();
    }
    await sleep(100);
  }
}

/** @param {string} dir */
const pathsIn = (dir) => ({ keyPath: join(dir, "key.pem"), certPath: join(dir, "cert.pem") });

/** @param {string} dir @returns {Promise<Certificate | null>} `null` if there is none that can be used */
async function kept(dir) {
  const { keyPath, certPath } = pathsIn(dir);
  const [cert, key] = await Promise.all([certPath, keyPath].map((path) => readFile(path, "utf8").catch(() => null)));
  return cert && key && isUsable(cert, key) ? { keyPath, certPath, cert } : null;
}

/** @param {string} dir @returns {Promise<Certificate>} */
async function made(dir) {
  const { keyPath, certPath } = pathsIn(dir);
  const { generate } = await import("selfsigned");
  const pair = await generate([{ name: "commonName", value: "localhost" }], {
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
  await writeFile(keyPath, pair.private, { mode: 0o600 });
  await writeFile(certPath, pair.cert);
  return { keyPath, certPath, cert: pair.cert };
}

/** @param {string} cert @param {string} key */
function isUsable(cert, key) {
  try {
    const parsed = new X509Certificate(cert);
    return parsed.checkPrivateKey(createPrivateKey(key)) && new Date(parsed.validTo).getTime() > Date.now() + 7 * DAY;
  } catch {
    // Another process is writing it.
    return false;
  }
}
