// What the forward-auth tests share: the Worker with routes of every kind, TLS in front of it, as in production,
// and the configuration files that deployers copy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import { startWorld as startBareWorld, type World } from "../bare/world.ts";
import { AUDIENCE, newKey } from "../issuers/keys.ts";

export const SERVICE_SECRET = "a secret that only this test knows";
export const PARTNER = "https://partner.example";
export const partner = await newKey("ES256");
const METHODS = ["GET", "POST"];

/**
 * The replay window in seconds. A proxy passes a cookie on within a third of it; the tests of slow applications
 * use it.
 */
export const WINDOW = 6;

export const startWorld = (): Promise<World> =>
  startBareWorld({
    config: {
      replay_window: WINDOW,
      email_headers: true,
      service_credentials: [createHash("sha256").update(SERVICE_SECRET).digest("hex")],
      issuers: { partner: { issuer: PARTNER, audience: AUDIENCE, algorithms: ["ES256"], keys: [partner.jwk] } },
      routes: [
        { path: "/*", methods: ["GET"], access: "public", upstream: "service" },
        { path: "/admin/*", methods: METHODS, access: "token-or-session", roles: ["admin"], upstream: "service" },
        { path: "/api/*", methods: METHODS, access: "token", revocation: "1s", upstream: "service" },
        { path: "/page/*", methods: METHODS, access: "session", upstream: "service" },
        { path: "/read/*", methods: ["GET"], access: "token-or-session", upstream: "service" },
        {
          path: "/partner/*",
          methods: METHODS,
          access: "token",
          issuers: ["partner"],
          scopes: ["read"],
          upstream: "service",
        },
      ],
    },
  });

/** A file of edge-worker/forward-auth. */
export const fileOf = (name: string): Promise<string> =>
  readFile(new URL(`../../../edge-worker/forward-auth/${name}`, import.meta.url), "utf8");

/** The file with the values changed that a deployer has to change, each of which it has so many times. */
export function deployed(file: string, changes: [from: string, to: string, times: number][]): string {
  return changes.reduce((text, [from, to, times]) => {
    assert.equal(text.split(from).length - 1, times, `${from} in the file`);
    return text.replaceAll(from, to);
  }, file);
}

export interface TlsFront {
  port: number;
  /** The path of the certificate authorities that it needs. */
  ca: string;
  stop(): Promise<void>;
}

/** TLS in front of the Worker, with the certificate of this machine. */
export async function startTls(port: number): Promise<TlsFront> {
  const tool = new URL("../../../tools/certificate.mjs", import.meta.url).href;
  const { localCertificate } = (await import(tool)) as {
    localCertificate(): Promise<{ keyPath: string; certPath: string; cert: string }>;
  };
  const { keyPath, certPath, cert } = await localCertificate();
  const sockets = new Set<net.Socket>();
  const server = tls.createServer({ key: await readFile(keyPath), cert }, (socket) => {
    const inner = net.connect(port, "127.0.0.1");
    for (const each of [socket, inner]) {
      sockets.add(each);
      each.on("error", () => {});
      each.on("close", () => {
        sockets.delete(each);
        socket.destroy();
        inner.destroy();
      });
    }
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    ca: certPath,
    stop: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
}
