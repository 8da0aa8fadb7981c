// A self-signed certificate for https on localhost, stored in .latchkey/ until it is about to expire.
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runDir } from "./paths.mjs";

const DAY = 24 * 60 * 60 * 1000;

/** @returns {Promise<{ keyPath: string, certPath: string, cert: string }>} */
export async function localCertificate() {
  const dir = join(runDir, "https");
  const keyPath = join(dir, "key.pem");
  const certPath = join(dir, "cert.pem");
  const kept = await readFile(certPath, "utf8").catch(() => null);
  if (kept !== null && new Date(new X509Certificate(kept).validTo).getTime() > Date.now() + 7 * DAY) {
    return { keyPath, certPath, cert: kept };
  }
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
