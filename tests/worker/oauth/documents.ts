// Client ID metadata documents: what the service fetches, what it accepts, and for how long it keeps it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { lineAbout } from "../../harness/log.ts";
import type { Durable } from "../durable/world.ts";
import { push } from "./pushing.ts";
import { assertOAuthError } from "./world.ts";

interface Published {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

/** A site with documents. */
export interface Documents {
  readonly origin: string;
  /** The requests so far, by path. */
  readonly requests: string[];
  /** Publishes a client's document at this path, and returns its URL. */
  publish(path: string, members?: object, more?: Partial<Published>): string;
  stop(): Promise<void>;
}

export async function startDocuments(): Promise<Documents> {
  const known = new Map<string, Published>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const { status = 200, headers = {}, body } = known.get(path) ?? { status: 404, body: "" };
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    publish(path, members = {}, more = {}) {
      const client_id = `${origin}${path}`;
      const redirect_uris = [`${origin}/callback`];
      known.set(path, {
        body: JSON.stringify({ client_id, client_name: "A published client", redirect_uris, ...members }),
        ...more,
      });
      return client_id;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export function documents(world: () => Durable, site: () => Documents): void {
  const known = (client_id: string, redirect_uri = `${site().origin}/callback`) =>
    push(world(), { client_id, redirect_uri });
  const asked = (path: string) => site().requests.filter((one) => one === path).length;

  test("a client needs no registration: its id is the URL of its document", async () => {
    const id = site().publish("/client.json", {}, { headers: { "Cache-Control": "max-age=3600" } });
    for (let i = 0; i < 3; i++) assert.equal((await known(id)).status, 201);
    assert.equal(asked("/client.json"), 1, "kept as long as the response says");
    assertOAuthError(await known(id, "https://client.example/callback"), "invalid_request");
    assertOAuthError(await push(world(), { client_id: id, client_secret: "s" }), "invalid_client", 401);
  });

  test("a document that may not be stored is fetched again", async () => {
    const id = site().publish("/no-store.json", {}, { headers: { "Cache-Control": "no-store" } });
    assert.equal((await known(id)).status, 201);
    assert.equal((await known(id)).status, 201);
    assert.equal(asked("/no-store.json"), 2);
  });

  test("whatever is wrong with a document, the client learns only that it is unknown; the log says why", async () => {
    const { publish, origin } = site();
    const body = (text: string) => ({ body: text });
    const lines: [id: string, cause: RegExp][] = [
      [`${origin}/missing.json`, /can't be fetched/],
      [publish("/moved.json", {}, { status: 302, headers: { Location: `${origin}/client.json` } }), /can't be fetched/],
      [publish("/page.json", {}, { headers: { "Content-Type": "text/html" } }), /not application\/json/],
      [publish("/large.json", { description: "x".repeat(5 * 1024) }), /can't be fetched/],
      [publish("/list.json", {}, body("[]")), /not a JSON object/],
      [publish("/twice.json", {}, body(`{"client_id":"${origin}/twice.json","a":1,"a":2}`)), /not a JSON object/],
      [publish("/other.json", { client_id: `${origin}/client.json` }), /not its URL/],
      [publish("/secret.json", { client_secret: "s" }), /has a client_secret/],
      [publish("/shared.json", { token_endpoint_auth_method: "client_secret_post" }), /token_endpoint_auth_method/],
      [publish("/robot.json", { grant_types: ["client_credentials"] }), /grant_types/],
      [publish("/foreign.json", { redirect_uris: ["https://client.example/callback"] }), /redirect_uris/],
      [`${origin}/`, /not an https URL/],
      [`${origin}/a/../client.json`, /not an https URL/],
      ["http://client.example/client.json", /not an https URL/],
      ["https://10.0.0.1/client.json", /not a public name/],
      ["https://[fd00::1]/client.json", /not a public name/],
      ["https://metadata.google.internal/client.json", /not a public name/],
    ];
    for (const [id, cause] of lines) {
      const answer = await known(id);
      assertOAuthError(answer, "invalid_client", 401, id);
      const line = await lineAbout(world().logs, answer, "client_document_refused");
      assert.equal(line.client, id);
      assert.match(String(line.cause), cause, id);
    }
    assert.equal(asked("/client.json"), 1, "no redirect is followed");
    const before = asked("/missing.json");
    await known(`${origin}/missing.json`);
    assert.equal(asked("/missing.json"), before + 1, "failures are not kept");
  });
}
