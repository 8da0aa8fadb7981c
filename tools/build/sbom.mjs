// What is compiled into a WebAssembly module: its crates as a CycloneDX document (version 1.6), and their licences.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { at } from "../paths.mjs";
import { Refusal } from "../refusal.mjs";
import { run } from "../run.mjs";

/**
 * @typedef {object} Crate
 * @property {string} id Cargo's, unique.
 * @property {string} name
 * @property {string} version
 * @property {string | null} license An SPDX expression.
 * @property {string | null} source Null for the crates of this workspace.
 * @property {string} manifest_path
 * @property {string[]} dependencies The ids of the crates that it is linked with.
 */

/** @param {...string} names Crates of the workspace. @returns {Promise<Crate[]>} they and all crates that they are linked with, sorted */
export async function linkedCrates(...names) {
  const args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", "wasm32-unknown-unknown"];
  const { packages, resolve } = JSON.parse((await run("cargo", args)).stdout);
  const byId = new Map(packages.map((/** @type {Crate} */ each) => [each.id, each]));
  const nodes = new Map(resolve.nodes.map((/** @type {{ id: string }} */ node) => [node.id, node]));
  /** @type {Map<string, Crate>} */
  const found = new Map();
  const open = names.map((name) => {
    const crate = packages.find((/** @type {Crate} */ each) => each.name === name && each.source === null);
    if (!crate) throw new Refusal(`There is no crate ${name}`);
    return crate.id;
  });
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    const linked = nodes
      .get(id)
      .deps.filter((/** @type {{ dep_kinds: { kind: string | null }[] }} */ { dep_kinds }) =>
        dep_kinds.some(({ kind }) => kind === null),
      );
    const dependencies = linked.map((/** @type {{ pkg: string }} */ { pkg }) => pkg);
    // Procedural macros run in the compiler.
    const macro = byId
      .get(id)
      .targets.some((/** @type {{ kind: string[] }} */ { kind }) => kind.includes("proc-macro"));
    if (macro) continue;
    found.set(id, { ...byId.get(id), dependencies });
    open.push(...dependencies);
  }
  const crates = [...found.values()];
  for (const crate of crates) crate.dependencies = crate.dependencies.filter((id) => found.has(id)).sort();
  return crates.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @param {Crate} crate */
const purl = ({ name, version }) => `pkg:cargo/${name}@${encodeURIComponent(version)}`;

/**
 * Without a date and a serial number, so that the same sources give the same document.
 * @param {string} folder The npm package that contains the module. @param {Crate[]} crates
 */
export async function bom(folder, crates) {
  const { name, version, license } = JSON.parse(await readFile(at(folder, "package.json"), "utf8"));
  const checksums = await checksumsOf();
  const self = `pkg:npm/${name}@${version}`;
  const refs = new Map(crates.map((crate) => [crate.id, purl(crate)]));
  const refOf = (/** @type {string} */ id) => refs.get(id) ?? "";
  const root = crates.filter(({ id }) => !crates.some(({ dependencies }) => dependencies.includes(id)));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": self,
        name,
        version,
        purl: self,
        licenses: [{ expression: license }],
      },
    },
    components: crates.map((crate) => ({
      type: "library",
      "bom-ref": purl(crate),
      name: crate.name,
      version: crate.version,
      ...(crate.source === null ? {} : { hashes: [{ alg: "SHA-256", content: checksums(crate) }] }),
      // An old notation of Cargo's.
      ...(crate.license === null ? {} : { licenses: [{ expression: crate.license.replaceAll("/", " OR ") }] }),
      purl: purl(crate),
    })),
    dependencies: [
      { ref: self, dependsOn: root.map(({ id }) => refOf(id)) },
      ...crates.map((crate) => ({ ref: purl(crate), dependsOn: crate.dependencies.map(refOf) })),
    ],
  };
}

/** @returns {Promise<(crate: Crate) => string>} the SHA-256 of a crate's archive, from Cargo.lock */
async function checksumsOf() {
  const lock = await readFile(at("Cargo.lock"), "utf8");
  const entries = lock.split("[[package]]").map((entry) => {
    const value = (/** @type {string} */ key) => new RegExp(`^${key} = "([^"]*)"`, "m").exec(entry)?.[1] ?? "";
    return /** @type {const} */ ([`${value("name")} ${value("version")}`, value("checksum")]);
  });
  const checksums = new Map(entries);
  return ({ name, version }) => {
    const found = checksums.get(`${name} ${version}`);
    if (!found) throw new Refusal(`Cargo.lock has no checksum for ${name} ${version}`);
    return found;
  };
}

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense|copyright)/i;

/**
 * The npm packages in a bundle, by the files that esbuild has read.
 * @param {Pick<import("esbuild").Metafile, "inputs">} metafile
 * @returns {Promise<Licensed[]>} sorted
 */
export async function bundledPackages({ inputs }) {
  const folders = Object.keys(inputs).map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const unique = [...new Set(folders.filter((folder) => folder !== undefined))].sort();
  return Promise.all(
    unique.map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(at(folder, "package.json"), "utf8"));
      return { name, version, license, dir: at(folder) };
    }),
  );
}

/** @typedef {{ name: string, version: string, license: string | null, dir: string }} Licensed Something that is compiled or bundled into a package, and its folder. */

/**
 * @param {Crate[]} crates @param {Licensed[]} packages
 * @returns {Promise<string>} every licence text once, with the crates and npm packages that contain it
 */
export async function licences(crates, packages) {
  /** @type {Map<string, { text: string, names: string[] }>} */
  const texts = new Map();
  /** @type {string[]} */
  const without = [];
  const foreign = crates.filter(({ source }) => source !== null);
  const all = [...foreign.map((crate) => ({ ...crate, dir: dirname(crate.manifest_path) })), ...packages];
  for (const { dir, ...crate } of all) {
    const entries = await readdir(dir, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name)).map(({ name }) => name);
    if (files.length === 0) without.push(`${crate.name} ${crate.version}: ${crate.license ?? "no licence stated"}`);
    for (const file of files.sort()) {
      const text = (await readFile(join(dir, file), "utf8")).replaceAll("\r\n", "\n").trim();
      const key = createHash("sha256").update(text.replaceAll(/\s+/g, " ")).digest("hex");
      const entry = texts.get(key) ?? { text, names: [] };
      entry.names.push(`${crate.name} ${crate.version}`);
      texts.set(key, entry);
    }
  }
  const parts = [...texts.values()].map(({ text, names }) => `${[...new Set(names)].join(", ")}\n\n${text}\n`);
  if (without.length > 0)
    parts.push(`These contain no licence file; their manifests state:\n\n${without.join("\n")}\n`);
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}
