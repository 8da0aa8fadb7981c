// The floor: Durable Objects on the same runtime, with nothing but one row.

import { runtime, wranglerConfig } from "../gate/candidates.ts";
import { bundle } from "../harness/bundle.ts";
import { type RunningWorkerd, startWorkerd } from "../harness/workerd.ts";

export async function startFloor(dir: string, edgeWorker: string): Promise<RunningWorkerd> {
  const modules = [await bundle(new URL("workers/floor.ts", import.meta.url))];
  const bindings = [{ name: "ROW", objects: "Row" }];
  const config = await wranglerConfig(edgeWorker);
  return startWorkerd(dir, [{ ...runtime(config), name: "floor", modules, bindings, classes: ["Row"] }]);
}
