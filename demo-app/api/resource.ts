import type { GateIdentity } from "latchkey-auth/server";
import type { Env } from "./env.ts";

/** A request to the API, with what is known about it. */
export interface Ask {
  readonly env: Env;
  readonly request: Request;
  readonly user: GateIdentity;
  /** The last segment of the path, where it names something. */
  readonly id: string;
}

export type Handler = (ask: Ask) => Response | Promise<Response>;
