// How long one hash of each kind takes in the object that computes long ones, per unit of its cost, and how much
// memory the process needs. The figures are the speeds in edge-worker/src/passwords/kind.rs.
//   npm run bench -- imports
import { readFile } from "node:fs/promises";
import { startHasher } from "../../worker/durable/world.ts";
import { quantile } from "../harness/statistics.ts";

/** Each kind with the units of its cost. */
const KINDS: [kind: string, units: number][] = [
  ["argon2id:19456,2,1", 19_456 * 2],
  ["argon2id:65536,3,4", 65_536 * 3],
  ["argon2id:102400,2,8", 102_400 * 2],
  ["bcrypt:10", 2 ** 10],
  ["bcrypt:12", 2 ** 12],
  ["pbkdf2-sha1:1000000", 1_000_000],
  ["pbkdf2-sha256:1200000", 1_200_000],
  ["pbkdf2-sha512:210000", 210_000],
  ["scrypt:14,8,1", 2 ** 14 * 8],
  ["scrypt:16,8,1", 2 ** 16 * 8],
];
const ROUNDS = 7;

for (const [kind, units] of KINDS) {
  // A process of its own, because WebAssembly keeps the memory that it has taken.
  const hasher = await startHasher();
  const compute = async () => {
    const begin = performance.now();
    const body = JSON.stringify({ Compute: { task: { Discard: { kind } }, password: "correct horse" } });
    const answer = await fetch(hasher.origin, { method: "POST", body });
    if (answer.status !== 200) throw new Error(`${kind}: ${answer.status}`);
    await answer.text();
    return performance.now() - begin;
  };
  const short = JSON.stringify({
    Compute: { task: { Discard: { kind: "pbkdf2-sha1:1000" } }, password: "correct horse" },
  });
  await (await fetch(hasher.origin, { method: "POST", body: short })).text();
  const before = await residentMiB(hasher.pid);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await compute());
  const [least, median] = [Math.min(...times), quantile(times, 0.5)];
  const memory = (await residentMiB(hasher.pid)) - before;
  console.log(
    `${kind.padEnd(24)} least ${least.toFixed(1).padStart(7)} ms, median ${median.toFixed(1).padStart(7)} ms, ${((least / units) * 1e6).toFixed(0).padStart(6)} ns per unit, ${memory.toFixed(0).padStart(4)} MiB more (of ${(before + memory).toFixed(0)})`,
  );
  await hasher.stop();
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
