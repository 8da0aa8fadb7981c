// Bodies that are too large, on the bare runtime, because a proxy in front would reject them before the
// Worker sees them.
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
      test(`up to 4 MiB are drained so that the client reads its 413; a larger body may be cut off, without other effects (${chunked ? "chunked" : "with a Content-Length"})`, async () => {
        const { origin } = world();
        const send = (mib: number) =>
          ask(origin, "/auth/sign-in", {
            method: "POST",
            body: Buffer.alloc(mib * MIB, 32),
            chunked,
            headers: { ...ownPage(ISSUER), "Content-Type": "application/json" },
          });
        assertProblem(await send(4), "too_large");
        // A client that keeps sending a body which is no longer read may see the connection close before it
        // has read the response.
        const answer = await send(12).catch((error: NodeJS.ErrnoException) => {
          assert.match(error.code ?? "", /^(?:ECONNRESET|EPIPE)$/);
        });
        if (answer) assertProblem(answer, "too_large", { what: "12 MiB" });
        assert.equal((await get(origin, "/healthz")).status, 200);
      });
  });
}
