import type { Browser } from "playwright-core";
import type { Stack } from "../../harness/stack.ts";

export interface World {
  origin: string;
  stack: Stack;
  browser: Browser;
}
