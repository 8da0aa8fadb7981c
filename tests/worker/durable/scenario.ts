// The requests that are sent to the service while its calls fail.
import type { Answer } from "../../harness/http.ts";
import type { Person } from "./world.ts";

/** A user with two unused sessions. */
export interface Case {
  who: Person;
  other: Person;
}

export interface Scenario {
  name: string;
  /** What happens before, without a failure. */
  prepare?(one: Case): Promise<unknown>;
  act(one: Case): Promise<Answer>;
  status: number;
  /** Checks the answer to a request for which a call failed. By default it is the service's `unavailable`. */
  unavailable?(answer: Answer, what: string): void;
  /** Repeats the request without a failure, and checks what must hold then. */
  after(one: Case, failed: boolean): Promise<void>;
  /** Whether the sessions must be old enough to rotate. */
  ripe?: boolean;
  /** Whether one user serves for all cases: the scenario only reads, or brings its own. */
  reads?: boolean;
}
