import type { Env } from "./env.ts";
import type { Identity } from "./identity.ts";

/** A request to the API, with what is known about it. */
export interface Ask {
  readonly env: Env;
  readonly request: Request;
  readonly user: Identity;
  /** The last segment of the path, where it names something. */
  readonly id: string;
}

export type Handler = (ask: Ask) => Response | Promise<Response>;
