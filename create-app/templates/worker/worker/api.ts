import { WorkerEntrypoint } from "cloudflare:workers";
import { Hono } from "hono";
import { gateIdentity } from "latchkey-auth/server";

const app = new Hono();

app.get("/api/me", (c) => {
  const user = gateIdentity(c, { trust: "network" });
  return c.json({ id: user?.subject, roles: user?.roles });
});

/**
 * Only the gate can reach it: the service binding API in wrangler.toml names it. So what the gate says about the caller
 * is true.
 */
export class Api extends WorkerEntrypoint {
  override fetch(request: Request) {
    return app.fetch(request, this.env, this.ctx);
  }
}
