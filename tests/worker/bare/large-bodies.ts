// Bodies that are too large, on the bare runtime: what a proxy in front would cut off itself doesn't show what the Worker does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem } from "../../harness/contract.ts";
import { ask } from "../../harness/http.ts";
import { get, ownPage } from "../../harness/visitor.ts";
import { ISSUER, type World } from "./world.ts";

const MIB = 1 << 20;

export function largeBodies(world: () => World): void {
  describe("large bodies", { concurrency: 1 }, () => {
    for (const chunked of [false, true])
      test(`up to 4 MiB is read for politeness, so that the client sees its 413; more may cut it off, and harms nobody (${chunked ? "chunked" : "with a Content-Length"})`, async () => {
        const { origin } = world();
        const send = (mib: number) =>
          ask(origin, "/auth/sign-in", {
            method: "POST",
            body: Buffer.alloc(mib * MIB, 32),
            chunked,
            headers: { ...ownPage(ISSUER), "Content-Type": "application/json" },
          });
        assertProblem(await send(4), "too_large");
        // Whoever goes on sending what isn't read any more may find the connection closed before he has read why.
        const answer = await send(12).catch((error: NodeJS.ErrnoException) => {
          assert.match(error.code ?? "", /^(?:ECONNRESET|EPIPE)$/);
        });
        if (answer) assertProblem(answer, "too_large", { what: "12 MiB" });
        assert.equal((await get(origin, "/healthz")).status, 200);
      });
  });
}
