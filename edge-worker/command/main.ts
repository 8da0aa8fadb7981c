// The command `latchkey-worker`: finds the command that is named first, and runs it.
import { COMMANDS, type Command } from "./commands.ts";
import { Mistake } from "./mistake.ts";
import { version } from "./version.ts";

/** @param args What follows `latchkey-worker`. @returns the exit code: 0, 1 if the command failed, 2 if it was called wrongly. */
export async function main(
  args: string[],
  commands: Readonly<Record<string, Command>> = COMMANDS,
  print: (text: string) => void = console.log,
): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (["--help", "-h", "help"].includes(name)) {
    print(usage(commands));
    return 0;
  }
  if (name === "--version") {
    print(await version());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    console.error(`latchkey-worker: there is no command ${JSON.stringify(name)}.\n\n${usage(commands)}`);
    return 2;
  }
  try {
    const program = await command.load();
    if (rest.includes("--help") || rest.includes("-h")) {
      print(program.usage);
      return 0;
    }
    return await program.run(rest);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

function usage(commands: Readonly<Record<string, Command>>): string {
  const entries = Object.entries(commands);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  const lines = entries.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  const listed = lines.length === 0 ? [] : ["", "Commands:", ...lines];
  return [
    "Usage: latchkey-worker <command> [options]",
    ...listed,
    "",
    "  latchkey-worker <command> --help   the options of a command",
    "  latchkey-worker --version          the version of this package",
  ].join("\n");
}
