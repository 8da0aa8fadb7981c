// The command line.
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const USAGE = `npm run bench -- gate [options]
  --rounds N       how often each candidate takes its turn with each load (30)
  --requests N     requests of one turn (1000)
  --few-headers    requests with Host and Authorization only, instead of what a browser sends
  --memory         afterwards: the gate's memory over a million distinct tokens (about 10 minutes)
  --tokens N       how many instead of a million
  --worker DIR     an edge-worker/ other than this checkout's, as it was built there
  --out FILE       where the figures are written (target/bench/gate.json)
  --no-build       measure what was built last`;

export interface Options {
  rounds: number;
  requests: number;
  fewHeaders: boolean;
  memory: boolean;
  tokens: number;
  /** The directory of the Worker that is measured. */
  worker: string;
  out: string;
}

/** Ends the process where the usage is wanted, or the options are wrong. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: "string", default: "30" },
        requests: { type: "string", default: "1000" },
        "few-headers": { type: "boolean", default: false },
        memory: { type: "boolean", default: false },
        tokens: { type: "string", default: "1000000" },
        worker: { type: "string", default: join(root, "edge-worker") },
        out: { type: "string", default: join(root, "target/bench/gate.json") },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    return {
      rounds: positive("rounds", values.rounds),
      requests: positive("requests", values.requests),
      fewHeaders: values["few-headers"],
      memory: values.memory,
      tokens: positive("tokens", values.tokens),
      worker: resolve(values.worker),
      out: resolve(values.out),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(1);
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name}: expected a whole number above 0, found "${text}".`);
  return value;
}
