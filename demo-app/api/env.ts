import type { Notes } from "./notes-object.ts";

/** The bindings of wrangler.toml. */
export interface Env {
  readonly NOTES: DurableObjectNamespace<Notes>;
}
