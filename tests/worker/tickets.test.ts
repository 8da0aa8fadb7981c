// One-time tickets, for connections that can't send a header: requesting one, what it authorises, what ends
// it, and what is stored. On the bare runtime, where a request arrives exactly as it was sent.
import { after, before, describe } from "node:test";
import { ending } from "./tickets/ending.ts";
import { keeping } from "./tickets/keeping.ts";
import { minting } from "./tickets/minting.ts";
import { using } from "./tickets/using.ts";
import { startTickets, type TicketWorld } from "./tickets/world.ts";

describe("tickets", { concurrency: 8 }, () => {
  let world: TicketWorld;
  before(async () => {
    world = await startTickets();
  });
  after(() => world?.stop());
  minting(() => world);
  using(() => world);
  ending(() => world);
});

keeping();
