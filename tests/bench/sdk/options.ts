// The command line.
import { resolve } from "node:path";
import { figuresOf, readCommandLine, wholeNumber } from "../harness/options.ts";

const USAGE = `npm run bench -- sdk [options]
  --rounds N     how often each candidate takes its turn with small calls (40)
  --calls N      calls of one turn (100)
  --transfers N  how often each candidate moves 10 MB, down and up (15)
  --starts N     how often each is started in a new page (15)
  --memory N     calls after which memory is looked at again (10000)
  --out FILE     where the figures are written (target/bench/sdk.json)
  --no-build     measure what was built last`;

const COUNTS = { rounds: "40", calls: "100", transfers: "15", starts: "15", memory: "10000" } as const;

export type Options = Record<keyof typeof COUNTS, number> & { out: string };

/** Ends the process where the usage is wanted, or the options are wrong. */
export const readOptions = (args: string[]): Options =>
  readCommandLine(
    args,
    USAGE,
    {
      ...each((name) => ({ type: "string" as const, default: COUNTS[name] })),
      out: { type: "string" as const, default: figuresOf("sdk") },
    },
    (values) => ({ ...each((name) => wholeNumber(name, values[name])), out: resolve(values.out) }),
  );

const each = <V>(of: (name: keyof typeof COUNTS) => V): Record<keyof typeof COUNTS, V> =>
  Object.fromEntries((Object.keys(COUNTS) as (keyof typeof COUNTS)[]).map((name) => [name, of(name)])) as Record<
    keyof typeof COUNTS,
    V
  >;
