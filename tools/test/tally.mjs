// What was counted, by kind, and how it is shown.

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

export class Tally {
  /** @type {Map<string, Count>} */
  #kinds = new Map();

  /** @param {string} kind @param {Partial<Count>} count */
  add(kind, { passed = 0, failed = 0, skipped = 0 }) {
    const old = this.#kinds.get(kind) ?? { passed: 0, failed: 0, skipped: 0 };
    this.#kinds.set(kind, {
      passed: old.passed + passed,
      failed: old.failed + failed,
      skipped: old.skipped + skipped,
    });
  }

  get failed() {
    return this.#sum("failed");
  }

  /** A table, and as the very last line the sum. */
  print() {
    console.log(`\n${"kind".padEnd(20)}${"passed".padStart(8)}${"failed".padStart(8)}${"skipped".padStart(8)}`);
    for (const [kind, { passed, failed, skipped }] of this.#kinds) {
      const numbers = [passed, failed, skipped].map((number) => String(number).padStart(8));
      console.log(kind.padEnd(20) + numbers.join(""));
    }
    const skipped = this.#sum("skipped");
    const rest = skipped > 0 ? `, ${skipped} skipped` : "";
    console.log(`\n${this.#sum("passed")} passed, ${this.failed} failed${rest}`);
  }

  /** @param {keyof Count} what */
  #sum(what) {
    return [...this.#kinds.values()].reduce((sum, count) => sum + count[what], 0);
  }
}
