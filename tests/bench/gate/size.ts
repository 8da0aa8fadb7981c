// How large the Worker travels.
import { gzipSync } from "node:zlib";
import type { Module } from "../harness/workerd.ts";

/** All that is deployed, as one archive would hold it, in bytes. */
export const gzipped = (modules: Module[]): number =>
  gzipSync(Buffer.concat(modules.map(({ content }) => Buffer.from(content as Uint8Array))), { level: 9 }).length;
