// An error that the user of the command can correct. It is printed without a stack trace.

export class Mistake extends Error {
  /** 1: the command failed; 2: it was called wrongly. */
  readonly exitCode: 1 | 2;

  /** @param message What is wrong, and what to do. */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = "Mistake";
    this.exitCode = exitCode;
  }
}
