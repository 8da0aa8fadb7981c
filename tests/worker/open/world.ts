import type { EchoApi } from "../../harness/echo.ts";
import type { Stack } from "../../harness/stack.ts";

export interface World {
  origin: string;
  stack: Stack;
  echo: EchoApi;
}

/** Origins that the deployer has listed in addition to the service's own. */
export const LISTED = ["https://app.example.com", "http://localhost:5999"] as const;

export const AUDIENCE = "https://api.example.com/v1";
