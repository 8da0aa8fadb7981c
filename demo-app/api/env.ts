import type { Inbox } from "./inbox-object.ts";
import type { Notes } from "./notes-object.ts";

/** The bindings of wrangler.toml. */
export interface Env {
  readonly NOTES: DurableObjectNamespace<Notes>;
  readonly INBOX: DurableObjectNamespace<Inbox>;
  /** Latchkey's objects, of which the lab shows what they store. */
  readonly ACCOUNT: DurableObjectNamespace;
  readonly REVOCATIONS: DurableObjectNamespace;
  /** The token service: this same Worker. */
  readonly SERVICE: Fetcher;
  /** The admin credential of this run, which `npm start` makes. Without it the lab is off. */
  readonly LAB_SECRET?: string;
  /** The origin of the lab's other site (tools/lab-attacker.mjs). */
  readonly LAB_ATTACKER?: string;
}
