// "Sessions or JWTs?", measured against the real Worker by the code that the demo's page /lab uses.
//   npm run lab -- [options]
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { resolve } from "node:path";
import "../../../tools/signals.mjs";
import { type MeasuredBound, measureBound } from "../../../demo-app/src/lab/measure/bounds.ts";
import { type Report, run } from "../../../demo-app/src/lab/measure/run.ts";
import { markdownOf, ms } from "../../../demo-app/src/lab/measure/table.ts";
import { startStack } from "../../harness/stack.ts";
import { figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";
import { terminalTransport } from "./terminal.ts";

const USAGE = `npm run lab -- [options]     takes about eight minutes, of which five are the life of a token
  --ttl N        the lifetime of an access token, in seconds (300)
  --bound N      the bound that the table shows: 1, 2, 5, 10, 30 or 60 seconds (5)
  --seconds N    for how long latency is measured (10)
  --bounds LIST  the bounds that are measured one by one (1,5,60)
  --out FILE     where the figures are written (target/bench/lab.json)
  --no-build     measure what was built last`;

const options = readCommandLine(
  process.argv.slice(2),
  USAGE,
  {
    ttl: { type: "string", default: "300" },
    bound: { type: "string", default: "5" },
    seconds: { type: "string", default: "10" },
    bounds: { type: "string", default: "1,5,60" },
    out: { type: "string", default: figuresOf("lab") },
  },
  (values) => ({
    ttl: wholeNumber("ttl", values.ttl),
    bound: wholeNumber("bound", values.bound),
    seconds: wholeNumber("seconds", values.seconds),
    bounds: values.bounds === "" ? [] : values.bounds.split(",").map((each) => wholeNumber("bounds", each)),
    out: resolve(values.out),
  }),
);

const stack = await startStack({ lab: true, config: { access_token_ttl: options.ttl } });
const transport = await terminalTransport(stack.origin);
const report = await run(transport, {
  runtime: `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`,
  bound: options.bound,
  latencyFor: options.seconds * 1000,
  untilExpiry: true,
  onProgress: (doing) => doing && console.error(`→ ${doing}`),
});
const bounds: MeasuredBound[] = [];
for (const bound of options.bounds) {
  console.error(`→ The bound of ${bound} s`);
  bounds.push(await measureBound(transport, bound, bound > 10 ? 1 : 3));
}
await stack.stop();
await writeFile(options.out, `${JSON.stringify({ ...report, bounds }, null, 2)}\n`);
print(report, bounds);
process.exit();

function print(found: Report, measured: readonly MeasuredBound[]) {
  console.log(`Measured at ${found.measured_at} by ${found.runtime}; an access token lives ${found.token_life} s.\n`);
  console.log(markdownOf(found));
  if (measured.length === 0) return;
  console.log("\n| stated bound | busy route | quiet route (worst case) |\n|---|---|---|");
  const list = (values: readonly number[]) => values.map(ms).join(", ");
  for (const { stated, busy, quiet } of measured) console.log(`| ${stated} s | ${list(busy)} | ${list(quiet)} |`);
}
