// The crates of the workspace: their licences must be allowed, they must come from one registry, and none may
// be banned. These are three of cargo-deny's checks; its fourth, known advisories, needs a database from a
// code host.
import satisfies from "spdx-satisfies";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

/** Licences that require no more than passing on the licence text. */
const LICENCES = [
  ...["MIT", "MIT-0", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause"],
  ...["ISC", "Unicode-3.0", "BSL-1.0", "CC0-1.0", "Unlicense", "Zlib"],
];

/** Unsuitable for a browser or a Worker: C libraries, sockets, TLS implementations. */
const BANNED = new Set(["openssl", "openssl-sys", "native-tls", "ring", "aws-lc-sys", "reqwest", "rustls", "mio"]);

/** Crates of which there must be only one version, because two are incompatible or duplicate code. */
const ONCE = ["wasm-bindgen", "js-sys", "web-sys", "serde", "serde_json", "zeroize", "p256", "jwt-simple"];

/** @typedef {{ name: string, version: string, source: string | null, license: string | null }} Crate */

export async function crates() {
  const { stdout } = await run("cargo", ["metadata", "--format-version", "1", "--locked"]);
  const found = complaints(JSON.parse(stdout).packages);
  if (found.length > 0) throw new Refusal(found.join("\n"));
}

/** @param {Crate[]} packages @returns {string[]} */
export function complaints(packages) {
  const foreign = packages.filter(({ source }) => source !== null);
  const registries = new Set(foreign.map(({ source }) => source));
  return [
    ...packages
      .filter(({ license }) => !isAllowed(license ?? ""))
      .map(({ name, license }) => `${name}: its licence is ${license ?? "not stated"}`),
    ...foreign.filter(({ source }) => !source?.startsWith("registry+")).map(({ name, source }) => `${name}: ${source}`),
    ...(registries.size > 1 ? [`crates come from ${registries.size} sources`] : []),
    ...packages.filter(({ name }) => BANNED.has(name)).map(({ name }) => `${name}: banned`),
    ...ONCE.filter((name) => packages.filter((each) => each.name === name).length > 1).map(
      (name) => `${name}: more than one version`,
    ),
  ];
}

/** Whether an SPDX expression can be satisfied by licences of the list. @param {string} expression */
export function isAllowed(expression) {
  try {
    return satisfies(expression.replaceAll("/", " OR "), LICENCES); // `/` is the old spelling of `OR`.
  } catch {
    return false; // Not an expression, or no licence that SPDX knows.
  }
}
