// The command line.
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const USAGE = `npm run bench -- service [options]       usually takes 10 minutes, and 2 GB of disk meanwhile
  --rounds N       how often each load takes its turn (10)
  --requests N     requests of one turn (1000)
  --accounts N     accounts of the largest store; the middle one has a tenth, the smallest ten (10000)
  --quick          2 rounds of 200 requests, 1000 accounts: whether it works, not how fast it is (a minute or two)
  --worker DIR     an edge-worker/ other than this checkout's, as it was built there
  --out FILE       where the figures are written (target/bench/service.json)
  --no-build       measure what was built last`;

export interface Options {
  rounds: number;
  requests: number;
  /** Of the largest store. */
  accounts: number;
  /** The directory of the Worker that is measured. */
  worker: string;
  out: string;
}

const QUICK = { rounds: "2", requests: "200", accounts: "1000" };
const FULL = { rounds: "10", requests: "1000", accounts: "10000" };

/** Ends the process where the usage is wanted, or the options are wrong. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: "string" },
        requests: { type: "string" },
        accounts: { type: "string" },
        quick: { type: "boolean", default: false },
        worker: { type: "string", default: join(root, "edge-worker") },
        out: { type: "string", default: join(root, "target/bench/service.json") },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const size = values.quick ? QUICK : FULL;
    return {
      rounds: atLeast(1, "rounds", values.rounds ?? size.rounds),
      requests: atLeast(10, "requests", values.requests ?? size.requests),
      accounts: atLeast(1000, "accounts", values.accounts ?? size.accounts),
      worker: resolve(values.worker),
      out: resolve(values.out),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(1);
  }
}

function atLeast(least: number, name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name}: expected a whole number from ${least} on, found "${text}".`);
  return value;
}
