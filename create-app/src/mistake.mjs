// An error that the user of the command can correct. It is printed without a stack trace.

export class Mistake extends Error {
  /** @param {string} message What is wrong, and what to do. @param {1 | 2} [exitCode] 2: the command was called wrongly. */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = "Mistake";
    this.exitCode = exitCode;
  }
}
