// An error with a message for the user of a tool: what is wrong and what to do. It is shown without a stack
// trace.

export class Refusal extends Error {
  /** @param {string} message @param {{ cause?: unknown }} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = "Refusal";
  }
}

/**
 * Runs a command-line tool's main function; a {@link Refusal} becomes a message and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
