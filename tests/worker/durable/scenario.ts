// What is asked of the service while its calls fail.
import type { Answer } from "../../harness/http.ts";
import type { Person } from "./world.ts";

/** A user with two sessions, neither of which has done anything. */
export interface Case {
  who: Person;
  other: Person;
}

export interface Scenario {
  name: string;
  act(one: Case): Promise<Answer>;
  status: number;
  /** Asks again after a failure, without one, and says what must hold then. */
  after(one: Case, failed: boolean): Promise<void>;
  /** Whether the sessions must be old enough to rotate. */
  ripe?: boolean;
  /** Whether one user serves for all: it only reads, or brings its own. */
  reads?: boolean;
}
