// The commands of `latchkey-worker`. A command is a module of its own, which is loaded only if it is called.

export interface Command {
  /** One line of the help text. */
  readonly summary: string;
  /** Loads the module. */
  readonly load: () => Promise<Program>;
}

export interface Program {
  /** The help text of the command. */
  readonly usage: string;
  /** @param args What follows the command's name. @returns the exit code. */
  run(args: string[]): Promise<number>;
}

/** By name, in the order of the help text. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  init: {
    summary: "write the configuration of a deployment",
    load: () => import("./init/init.ts"),
  },
  check: {
    summary: "find mistakes in a configuration before it is deployed",
    load: () => import("./check/check.ts"),
  },
  secret: {
    summary: "create the secrets of a deployment, or of this machine",
    load: () => import("./secret/secret.ts"),
  },
  token: {
    summary: "print an access token of a user on this machine",
    load: () => import("./token/token.ts"),
  },
};
