// The two who judge: jose, and the verifier compiled natively.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createLocalJWKSet, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { PolicyName, World } from "./world.ts";

export interface Case {
  /** Index of its class. */
  kind: number;
  policy: PolicyName;
  token: string;
}

const NATIVE = fileURLToPath(new URL("../../target/debug/examples/verdicts", import.meta.url));

export interface NativeJudge {
  /** Gives them to the judge; waits only until it has room for more. */
  give(cases: Case[]): Promise<void>;
  /** What it said, in order. */
  end(): Promise<string[]>;
  /** Whatever happened. */
  stop(): void;
}

export function nativeJudge(world: World): NativeJudge {
  const child = spawn(NATIVE, { stdio: ["pipe", "pipe", "inherit"] });
  const verdicts: string[] = [];
  const ended = once(child, "exit");
  const read = (async () => {
    for await (const line of createInterface(child.stdout)) verdicts.push(line);
  })();
  // A judge that died is noticed by what it didn't say.
  child.stdin.on("error", () => {});
  child.stdin.write(`${JSON.stringify(world.setting)}\n`);
  return {
    give: async (cases) => {
      const lines = cases.map(({ policy, token }) => `${JSON.stringify([policy, world.now, token])}\n`);
      if (!child.stdin.write(lines.join(""))) await Promise.race([once(child.stdin, "drain"), ended]);
    },
    end: async () => {
      child.stdin.end();
      const [code] = await ended;
      await read;
      if (code !== 0) throw new Error(`The native judge ended with ${code} after ${verdicts.length} verdicts.`);
      return verdicts;
    },
    stop: () => void child.kill(),
  };
}

/** Whether jose accepts. */
export function joseJudge(world: World): (one: Case) => Promise<boolean> {
  const { plain, wide, shared } = world.jose;
  const secret = () => shared.key;
  const keys = { plain: createLocalJWKSet(plain.key), wide: createLocalJWKSet(wide.key), shared: secret };
  return ({ policy, token }) =>
    jwtVerify(token, keys[policy] as JWTVerifyGetKey, world.jose[policy].options).then(
      () => true,
      () => false,
    );
}
