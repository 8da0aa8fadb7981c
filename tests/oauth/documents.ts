// Clients that are known by the document at their id: which documents are accepted, and how they are fetched.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { signUp, type Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import { type DocumentHost, startDocumentHost } from "./client-document.ts";
import { code, prepare, redeem } from "./flow.ts";
import type { World } from "./world.ts";

const CALLBACK = "http://127.0.0.1/callback";

export function documents(world: () => World): void {
  let host: DocumentHost;
  let who: Visitor;
  before(async () => {
    host = await startDocumentHost();
    who = await signUp(world().origin);
  });
  after(() => host?.stop());

  const origin = () => world().origin;
  const open = (client: string) =>
    new Browser(origin(), who).open(
      `${origin()}/oauth/authorize?${prepare(origin(), { client, redirect: CALLBACK, scope: "mcp:read" }).query}`,
    );
  const status = async (client: string) => (await open(client)).page?.status;

  describe("client ID metadata documents", () => {
    test("a valid document is fetched once and cached, and its client gets tokens", async () => {
      const client = host.serve("/valid.json", { redirect_uris: [CALLBACK] }, { "Cache-Control": "max-age=600" });
      const terms = { client, redirect: CALLBACK, scope: "mcp:read", resource: "/mcp" };
      for (let i = 0; i < 2; i++) {
        const prepared = prepare(origin(), terms);
        const answer = await redeem(origin(), prepared, await code(origin(), who, prepared), terms);
        assert.equal(answer.status, 200, answer.text);
      }
      assert.equal(host.count("/valid.json"), 1);
    });

    test("the redirect URI is one of the document's", async () => {
      const client = host.serve("/other-redirect.json", { redirect_uris: ["https://app.example/callback"] });
      assert.equal(await status(client), 400);
    });

    test("a document that is not the client's own, or not a document, is rejected, and not cached", async () => {
      const redirect_uris = [CALLBACK];
      const usual = (path: string) => JSON.stringify({ client_id: host.url(path), client_name: "x", redirect_uris });
      for (const [path, bad] of [
        ["/other-id.json", () => host.serve("/other-id.json", { redirect_uris, client_id: host.url("/valid.json") })],
        ["/no-id.json", () => host.serve("/no-id.json", { redirect_uris, client_id: undefined })],
        ["/no-redirects.json", () => host.serve("/no-redirects.json", {})],
        ["/secret.json", () => host.serve("/secret.json", { redirect_uris, client_secret: "x" })],
        [
          "/secret-method.json",
          () => host.serve("/secret-method.json", { redirect_uris, token_endpoint_auth_method: "client_secret_basic" }),
        ],
        ["/large.json", () => host.serve("/large.json", { redirect_uris, software_id: "x".repeat(6_000) })],
        ["/not-json.json", () => host.answer("/not-json.json", (response) => response.writeHead(200).end("<html>"))],
        [
          "/created.json",
          () => host.answer("/created.json", (response) => response.writeHead(201).end(usual("/created.json"))),
        ],
        ["/missing.json", () => host.answer("/missing.json", (response) => response.writeHead(404).end())],
        [
          "/redirected.json",
          () =>
            host.answer("/redirected.json", (response) =>
              response.writeHead(302, { Location: host.url("/valid.json") }).end(),
            ),
        ],
      ] as [string, () => string][]) {
        const client = bad();
        const { page } = await open(client);
        assert.equal(page?.status, 400, path);
        assert.equal(host.count(path), 1, `${path} was fetched`);
        host.serve(path, { redirect_uris });
        assert.equal(await status(client), 200, `${path} is valid now`);
      }
    });

    test("an address that is not https, or has dot segments, a fragment, credentials or no path, is not fetched", async () => {
      const { host: name } = host;
      for (const client of [
        `https://${name}`,
        `https://${name}/`,
        `https://${name}/a/../valid.json`,
        `https://${name}/%2e%2e/valid.json`,
        `https://${name}/valid.json#x`,
        `https://user@${name}/valid.json`,
        `https://user:password@${name}/valid.json`,
        `ftp://${name}/valid.json`,
      ]) {
        const before = host.count("/valid.json");
        assert.equal(await status(client), 400, client);
        assert.equal(host.count("/valid.json"), before, client);
      }
    });
  });
}
