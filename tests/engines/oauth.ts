// A client's page of another site sends the browser to `/oauth/authorize`. The session's cookie is `SameSite=Strict`, so
// whether the user has to sign in each time depends on how the engine treats the page that leads on to the consent page. The
// form counts only with what the engine says about its page, and leads to the client only if the policy allows its redirect.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { COOKIE } from "../harness/contract.ts";
import { until } from "../harness/until.ts";
import { newEmail, PASSWORD } from "../harness/visitor.ts";
import type { Engine } from "./engine.ts";
import type { World } from "./world.ts";

/** What the stack needs. */
export const OAUTH = {
  scopes: { "notes:read": { description: "Read your notes" } },
  clients: { client: { name: "Client", redirect_uris: ["http://127.0.0.1/callback"], scopes: ["notes:read"] } },
};

export function oauth(begin: () => Promise<{ engine: Engine; world: World }>): void {
  test("OAuth from another site: the Strict cookie reaches the consent page, and consent the client", async (context) => {
    const { engine, world } = await begin();
    context.after(() => world.stop());
    // localhost and 127.0.0.1 are two sites.
    let answer: URLSearchParams | undefined;
    let url = "";
    const client = http.createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
      if (pathname === "/callback") answer = searchParams;
      response.setHeader("Content-Type", "text/html");
      const script = pathname === "/" ? `<script>location.href = ${JSON.stringify(url)}</script>` : "";
      response.end(`<!doctype html><title>Client</title>${script}`);
    });
    await new Promise<void>((done) => client.listen(0, "127.0.0.1", done));
    context.after(() => new Promise((done) => client.close(done)));
    const origin = `http://127.0.0.1:${(client.address() as AddressInfo).port}`;
    const request = new URLSearchParams({
      ...{ client_id: "client", redirect_uri: `${origin}/callback`, response_type: "code", scope: "notes:read" },
      ...{ code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" },
    });
    url = `${world.page.origin}/oauth/authorize?${request}`;
    const tab = await engine.open(`${world.page.origin}/`);
    assert.equal(await tab.run("start", { vault: "page" }), "signed-out");
    await tab.run("signUp", newEmail("oauth"), PASSWORD);
    await tab.run("leave", `${origin}/`);
    const cookies = (path: string) =>
      world.page.seen.filter((seen) => seen.path.startsWith(path)).map(({ headers }) => headers.cookie ?? "");
    await until("the consent page is asked for", () => cookies("/oauth/consent").length > 0);
    assert.deepEqual(
      cookies("/oauth/authorize").map((sent) => sent.includes(COOKIE)),
      [false],
    );
    assert.deepEqual(
      cookies("/oauth/consent").map((sent) => sent.includes(COOKIE)),
      [true],
    );
    await tab.press("button.primary");
    const { code } = Object.fromEntries(await until("the client has its answer", () => answer));
    assert.ok(code);
    await tab.close();
    // The suites that follow begin without a session, and all ports of localhost share its cookies.
    const last = await engine.open(`${world.page.origin}/`);
    assert.equal(await last.run("start", { vault: "page" }), "signed-in");
    await last.run("signOut");
    await last.close();
  });
}
