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
  act(one: Case): Promise<Answer>;
  status: number;
  /** Repeats the request without a failure, and checks what must hold then. */
  after(one: Case, failed: boolean): Promise<void>;
  /** Whether the sessions must be old enough to rotate. */
  ripe?: boolean;
  /** Whether one user serves for all cases: the scenario only reads, or brings its own. */
  reads?: boolean;
}
