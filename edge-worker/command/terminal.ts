// Questions to the person at the terminal. They go to standard error, because a command's result goes to standard
// output.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Mistake } from "./mistake.ts";

export const hasTerminal = () => process.stdin.isTTY === true;

/** @throws {Mistake} if the input ends. */
export const ask = (question: string): Promise<string> => answer(question, process.stderr);

/** Shows nothing of what is typed. @throws {Mistake} if the input ends. */
export async function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await answer("", silent);
  } finally {
    process.stderr.write("\n");
  }
}

async function answer(question: string, output: NodeJS.WritableStream): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const ended = new Promise<never>((_, reject) => {
    terminal.once("close", () => reject(new Mistake("The input ended before the question was answered", 1)));
  });
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}
