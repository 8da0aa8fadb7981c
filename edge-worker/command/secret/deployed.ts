// The secrets of a deployed Worker, by wrangler. A value goes to its standard input, never into its arguments.
import { Mistake } from "../mistake.ts";
import { wrangler } from "../wrangler.ts";

/** By its number and by the words in which wrangler 4 reports it. */
const NO_WORKER = /\[code: 10007\]|^.*Worker "[^"]*".* not found/m;

/**
 * @returns The names of the Worker's secrets. A Worker that was never deployed has none.
 * @throws {Mistake} if wrangler cannot tell, for example without a login.
 */
export async function deployedNames(config: string, environment: string): Promise<string[]> {
  const { code, stdout, stderr } = await wrangler(config, ["secret", "list", "--env", environment]);
  if (code !== 0) {
    if (NO_WORKER.test(`${stdout}\n${stderr}`)) return [];
    throw new Mistake(`wrangler secret list failed, so nothing was changed. It printed:\n${stdout}${stderr}`.trimEnd());
  }
  const list: unknown = parse(stdout);
  if (!Array.isArray(list))
    throw new Mistake(`wrangler secret list: found output that is not a list, so nothing was changed:\n${stdout}`);
  return list.map((each: { name?: unknown }) => String(each?.name));
}

function parse(stdout: string): unknown {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf("["), stdout.lastIndexOf("]") + 1));
  } catch {
    return undefined;
  }
}

/** Stores all of them by one request. @throws {Mistake} if wrangler fails. */
export async function storeDeployed(
  config: string,
  environment: string,
  values: readonly (readonly [name: string, value: string])[],
): Promise<void> {
  const input = JSON.stringify(Object.fromEntries(values));
  const { code, stdout, stderr } = await wrangler(config, ["secret", "bulk", "--env", environment], input);
  if (code !== 0) throw new Mistake(`wrangler secret bulk failed. It printed:\n${stdout}${stderr}`.trimEnd());
}
