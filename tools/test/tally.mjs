// The counts of tests by kind, and their table.

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

  /** A table, heading first. @returns {string[]} */
  lines() {
    const rows = [...this.#kinds].map(([kind, { passed, failed, skipped }]) => row(kind, [passed, failed, skipped]));
    return [row("kind", ["passed", "failed", "skipped"]), ...rows];
  }

  total() {
    const skipped = this.#sum("skipped");
    return `${this.#sum("passed")} passed, ${this.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  }

  /** @param {keyof Count} what */
  #sum(what) {
    return [...this.#kinds.values()].reduce((sum, count) => sum + count[what], 0);
  }
}

/** @param {string} name @param {(number | string)[]} cells */
const row = (name, cells) => name.padEnd(20) + cells.map((cell) => String(cell).padStart(8)).join("");
