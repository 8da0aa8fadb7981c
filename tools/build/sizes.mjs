// The sizes of the built files, raw and compressed.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { at } from "../paths.mjs";

/** @typedef {{ bytes: number, gzip: number }} Size */

export async function reportSizes() {
  // What an app downloads by importing `latchkey-auth`; the tests of the other entries measure those.
  const ts = (await readdir(at("sdk-wasm/dist"), { recursive: true })).filter(
    (file) =>
      file.endsWith(".js") &&
      !/^(generated\/vault|(adapter|react|vue|svelte|testing|cjs|latchkey-auth)\/|angular)/.test(file),
  );
  /** @type {Record<string, Size>} */
  const sizes = {
    "SDK wasm": await sizeOf(["sdk-wasm/dist/latchkey-auth/vault_bg.wasm"]),
    "SDK glue": await sizeOf(["sdk-wasm/dist/generated/vault.js"]),
    "SDK TypeScript": await sizeOf(ts.map((file) => `sdk-wasm/dist/${file}`)),
    "Worker wasm": await sizeOf(["edge-worker/package/index_bg.wasm"]),
    "Worker JavaScript": await sizeOf(["edge-worker/package/index.js"]),
  };
  for (const [name, { bytes, gzip }] of Object.entries(sizes)) {
    console.log(`  ${name.padEnd(18)}${kB(bytes).padStart(10)}${kB(gzip).padStart(10)} gzipped`);
  }
  await mkdir(at("target"), { recursive: true });
  await writeFile(at("target/sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);
}

/** @param {string[]} files Measured together, as a bundler would combine them. @returns {Promise<Size>} */
async function sizeOf(files) {
  const content = Buffer.concat(await Promise.all(files.sort().map((file) => readFile(at(file)))));
  return { bytes: content.length, gzip: gzipSync(content, { level: 9 }).length };
}

/** @param {number} bytes */
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
