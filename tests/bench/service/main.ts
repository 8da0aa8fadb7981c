// The token service: sign-ins, refreshes and strict verifications, alone and mixed, as the store grows, and beside what
// can be compared with it.
//   npm run bench -- service [options]
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "../../../tools/signals.mjs";
import { readOptions } from "./options.ts";
import { Bench } from "./phases.ts";
import { summary } from "./results.ts";
import { fillStores, sizes } from "./stores.ts";
import { showResults } from "./table.ts";

const options = readOptions(process.argv.slice(2));
const dir = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

const began = performance.now();
const say = (what: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}`);

say(
  `${options.rounds} rounds. This usually takes 15 to 20 minutes with what is set by default; other work on this machine disturbs it.`,
);
const stores = await fillStores((size) => join(dir, size), options, say);
const phases = await new Bench(dir, options, stores, say).run();
const { small, middle, large } = sizes(options.accounts);
const { rounds, requests } = options;
const results = summary(phases, { accounts: [small, middle, large], rounds, requests });
showResults(results);
await mkdir(join(options.out, ".."), { recursive: true });
await writeFile(options.out, `${JSON.stringify(results, null, 2)}\n`);
console.log(`\nWritten to ${options.out}`);
