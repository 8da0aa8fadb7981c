// The command line.
import { resolve } from "node:path";
import { edgeWorker, figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";

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
export const readOptions = (args: string[]): Options =>
  readCommandLine(
    args,
    USAGE,
    {
      rounds: { type: "string", default: "30" },
      requests: { type: "string", default: "1000" },
      "few-headers": { type: "boolean", default: false },
      memory: { type: "boolean", default: false },
      tokens: { type: "string", default: "1000000" },
      worker: { type: "string", default: edgeWorker },
      out: { type: "string", default: figuresOf("gate") },
    },
    (values) => ({
      rounds: wholeNumber("rounds", values.rounds),
      requests: wholeNumber("requests", values.requests),
      fewHeaders: values["few-headers"],
      memory: values.memory,
      tokens: wholeNumber("tokens", values.tokens),
      worker: resolve(values.worker),
      out: resolve(values.out),
    }),
  );
