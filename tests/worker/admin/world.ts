import type { EchoApi } from "../../harness/echo.ts";
import type { Operator } from "../../harness/operator.ts";
import type { Stack } from "../../harness/stack.ts";

export interface World {
  origin: string;
  stack: Stack;
  echo: EchoApi;
  admin: Operator;
  /** Two credentials of each kind, so that one can replace the other. */
  admins: { secret: string; hash: string }[];
  services: { secret: string; hash: string }[];
}

/** The claim of the access tokens that contains the user's metadata. */
export const METADATA_CLAIM = "https://latchkey.test/metadata";
