// How each proxy is configured: with the files that deployers copy, in which only the marked values are changed.
import assert from "node:assert/strict";
import type { EchoApi } from "../../harness/echo.ts";
import {
  type Place,
  type ProxyName,
  proxyPath,
  type RunningProxy,
  startCaddy,
  startEnvoy,
  startHaproxy,
  startNginx,
} from "../../harness/proxies.ts";
import { deployed, fileOf, type TlsFront } from "./world.ts";

/** One proxy as deployed, and with one thing wrong or changed. */
export interface Fronts {
  front: RunningProxy;
  /** Without the line that states the method. Envoy's question always has the original one. */
  silent?: RunningProxy;
  /** Expecting another name in the Worker's certificate. */
  misled: RunningProxy;
  /** For a replay window of 6 seconds: it passes a cookie on within 2. */
  brisk: RunningProxy;
}

export interface Definition {
  name: ProxyName;
  start(worker: TlsFront, application: EchoApi): Promise<Fronts>;
  /** What it logs if the Worker's certificate has another name, if it logs that. */
  wrongCertificate?: RegExp;
  /** Whether it keeps other cookies if one of Latchkey's occurs twice. No browser sends that. */
  keepsBesideDuplicates: boolean;
  /** Whether it resolves `..` and merges slashes itself, before it asks and forwards. */
  normalizes?: boolean;
}

/** The text without the only line that matches. */
function without(text: string, line: RegExp): string {
  const found = text.match(new RegExp(line.source, "gm")) ?? [];
  assert.equal(found.length, 1, `${line} in the file`);
  return text.replace(line, "");
}

const nginx: Definition = {
  name: "nginx",
  wrongCertificate: /upstream SSL certificate does not match "other\.example"/,
  keepsBesideDuplicates: false,
  async start(worker, application) {
    const file = await fileOf("nginx.conf");
    const configure =
      (text: string) =>
      ({ port }: Place) =>
        deployed(text, [
          ["auth.example.com:443", `127.0.0.1:${worker.port}`, 1],
          ["auth.example.com", "localhost", 2],
          ["127.0.0.1:3000", new URL(application.origin).host, 1],
          ["listen 8080;", `listen 127.0.0.1:${port};`, 1],
          ["app.example.com", "localhost", 1],
          ["/etc/ssl/certs/ca-certificates.crt", worker.ca, 1],
        ]);
    const brisk = deployed(file, [[String.raw`"~^1?[0-9]\."`, String.raw`"~^[0-1]\."`, 1]]);
    const misled = (place: Place) =>
      deployed(configure(file)(place), [["proxy_ssl_name localhost", "proxy_ssl_name other.example", 1]]);
    return together(
      startNginx(configure(file)),
      startNginx(configure(without(file, /^.*X-Original-Method.*\n/m))),
      startNginx(misled),
      startNginx(configure(brisk)),
    );
  },
};

const caddy: Definition = {
  name: "caddy",
  wrongCertificate: /certificate is valid for .*, not other\.example/,
  keepsBesideDuplicates: true,
  async start(worker, application) {
    const file = await fileOf("Caddyfile");
    const configure =
      (text: string) =>
      ({ port }: Place) =>
        deployed(text, [
          ["https://auth.example.com", `https://localhost:${worker.port}`, 1],
          ["auth.example.com", "localhost", 1],
          ["127.0.0.1:3000", new URL(application.origin).host, 1],
          ["app.example.com {", `http://127.0.0.1:${port} {`, 1],
        ]);
    const brisk = deployed(file, [["< 20000.0", "< 2000.0", 1]]);
    const misled = deployed(file, [["dial_timeout 2s", "dial_timeout 2s\n\t\t\t\ttls_server_name other.example", 1]]);
    const start = (text: string, options = "") => startCaddy(configure(text), worker.ca, options);
    return together(
      start(file),
      start(without(file, /^.*header_up X-Forwarded-Method.*\n/m)),
      start(misled, "debug"),
      start(brisk),
    );
  },
};

const haproxy: Definition = {
  name: "haproxy",
  wrongCertificate: /^to the Worker: Server presented an SSL certificate different from the expected one/m,
  keepsBesideDuplicates: true,
  async start(worker, application) {
    const [file, script] = await Promise.all([fileOf("haproxy.cfg"), fileOf("latchkey.lua")]);
    const start = (text: string, lua = script, change = (configured: string) => configured) =>
      startHaproxy(({ port, dir }) => {
        const socket = `abns@latchkey-${port}`;
        const configured = deployed(text, [
          ["auth.example.com:443", `127.0.0.1:${worker.port}`, 1],
          ["auth.example.com", "localhost", 1],
          ["127.0.0.1:3000", new URL(application.origin).host, 1],
          ["bind :8080", `bind 127.0.0.1:${port}`, 1],
          ["/etc/haproxy/latchkey.lua", `${dir}/latchkey.lua`, 1],
          ["/etc/ssl/certs/ca-certificates.crt", worker.ca, 1],
          ["abns@latchkey", socket, 1],
        ]);
        return {
          "haproxy.cfg": change(configured),
          "latchkey.lua": deployed(lua, [
            ["auth.example.com", "localhost", 1],
            ["abns@latchkey", socket, 1],
          ]),
        };
      });
    const brisk = deployed(file, [["-m int lt 20000", "-m int lt 2000", 1]]);
    const log = `log stderr format raw local0\n    log-format "to the Worker: %[bc_err_str]"\n`;
    const misled = (configured: string) =>
      deployed(configured, [
        ["sni str(localhost)", "sni str(other.example)", 1],
        ["listen latchkey\n", `listen latchkey\n    ${log}`, 1],
      ]);
    return together(
      start(file),
      start(file, without(script, /^.*"x-original-method"\] = .*\n/m)),
      start(file, script, misled),
      start(brisk),
    );
  },
};

const envoy: Definition = {
  name: "envoy",
  keepsBesideDuplicates: true,
  normalizes: true,
  async start(worker, application) {
    const file = await fileOf("envoy.yaml");
    const start = (text: string, name = "localhost") =>
      startEnvoy(({ port }) =>
        deployed(text, [
          ["address: auth.example.com, port_value: 443", `address: 127.0.0.1, port_value: ${worker.port}`, 1],
          ["sni: auth.example.com", "sni: localhost", 1],
          ["exact: auth.example.com", `exact: ${name}`, 1],
          ["host_rewrite_literal: auth.example.com", "host_rewrite_literal: localhost", 1],
          ["app.example.com", "*", 1],
          ["address: 0.0.0.0, port_value: 8080", `address: 127.0.0.1, port_value: ${port}`, 1],
          ["port_value: 3000", `port_value: ${new URL(application.origin).port}`, 1],
          ["/etc/ssl/certs/ca-certificates.crt", worker.ca, 1],
          ["@latchkey", `@latchkey-${port}`, 2],
        ]),
      );
    const [front, misled, brisk] = await Promise.all([
      start(file),
      start(file, "other.example"),
      start(deployed(file, [["MAX_MS = 20000", "MAX_MS = 2000", 1]])),
    ]);
    return { front, misled, brisk };
  },
};

async function together(
  ...fronts: [Promise<RunningProxy>, Promise<RunningProxy>, Promise<RunningProxy>, Promise<RunningProxy>]
): Promise<Fronts> {
  const [front, silent, misled, brisk] = await Promise.all(fronts);
  return { front, silent, misled, brisk };
}

/** Debian has no package of Envoy, so its tests exist only where one is installed. */
export const DEFINITIONS = [nginx, caddy, haproxy, ...(proxyPath("envoy") ? [envoy] : [])];
