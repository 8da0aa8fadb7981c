// The gate on the bare runtime, where requests arrive unchanged, there is no cache, and the client's address
// is not reported.
import { after, before, describe } from "node:test";
import { bounds } from "./bare/bounds.ts";
import { equivalences } from "./bare/equivalences.ts";
import { faults } from "./bare/faults.ts";
import { hostileHeads } from "./bare/hostile-heads.ts";
import { hostileTokens } from "./bare/hostile-tokens.ts";
import { largeBodies } from "./bare/large-bodies.ts";
import { methods } from "./bare/methods.ts";
import { oddRequests } from "./bare/odd-requests.ts";
import { panic } from "./bare/panic.ts";
import { passThrough } from "./bare/pass-through.ts";
import { paths } from "./bare/paths.ts";
import { storage } from "./bare/storage.ts";
import { twoUsers } from "./bare/two-users.ts";
import { unchanged } from "./bare/unchanged.ts";
import { startWorld, type World } from "./bare/world.ts";

describe("on the bare runtime", { concurrency: 1 }, () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world?.stop());
  paths(() => world);
  oddRequests(() => world);
  passThrough(() => world);
  storage(() => world);
  twoUsers(() => world);
  hostileTokens(() => world);
  hostileHeads(() => world);
  largeBodies(() => world);
});

bounds();
equivalences();
faults();
methods();
panic();
unchanged();
