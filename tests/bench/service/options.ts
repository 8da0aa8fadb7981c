// The command line.
import { resolve } from "node:path";
import { edgeWorker, figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";

const USAGE = `npm run bench -- service [options]       usually takes 15 to 20 minutes, and 2 GB of disk meanwhile
  --rounds N       how often each load takes its turn (5)
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
const FULL = { rounds: "5", requests: "1000", accounts: "10000" };

/** Ends the process where the usage is wanted, or the options are wrong. */
export const readOptions = (args: string[]): Options =>
  readCommandLine(
    args,
    USAGE,
    {
      rounds: { type: "string" },
      requests: { type: "string" },
      accounts: { type: "string" },
      quick: { type: "boolean", default: false },
      worker: { type: "string", default: edgeWorker },
      out: { type: "string", default: figuresOf("service") },
    },
    (values) => {
      const size = values.quick ? QUICK : FULL;
      return {
        rounds: wholeNumber("rounds", values.rounds ?? size.rounds),
        requests: wholeNumber("requests", values.requests ?? size.requests, 10),
        accounts: wholeNumber("accounts", values.accounts ?? size.accounts, 1000),
        worker: resolve(values.worker),
        out: resolve(values.out),
      };
    },
  );
