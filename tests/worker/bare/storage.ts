// Check 24: no cache in between stores a response that belongs to one caller, whatever its upstream allows;
// and the gate's requests to an upstream bypass every cache.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ask } from "../../harness/http.ts";
import { type Person, person, VIAS, type World } from "./world.ts";

/** Header values by which an upstream could have a response stored. */
const WORDS: Record<string, string>[] = [
  {},
  { "Cache-Control": "public, max-age=3600, immutable" },
  { "Cache-Control": "s-maxage=3600, stale-while-revalidate=60" },
  { "CDN-Cache-Control": "max-age=3600" },
  { "Cloudflare-CDN-Cache-Control": "public, max-age=3600" },
  { "Surrogate-Control": "max-age=3600, content=x" },
  { Expires: "Wed, 01 Jan 2031 00:00:00 GMT" },
  { Expires: "Wed, 01 Jan 2031 00:00:00 GMT", Pragma: "cache" },
  {
    "Cache-Control": "max-age=60",
    "CDN-Cache-Control": "max-age=60",
    "Cloudflare-CDN-Cache-Control": "max-age=60",
    "Surrogate-Control": "max-age=60",
    "Surrogate-Key": "a",
    Age: "1",
  },
];

/** Headers for one kind of cache each, which such a cache obeys instead of `Cache-Control`. */
const OVERRIDES = ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control", "expires", "pragma"];

export function storage(world: () => World): void {
  describe("cacheability", { concurrency: 1 }, () => {
    let who: Person;
    before(async () => {
      who = await person(world().origin);
    });

    for (const via of VIAS)
      test(`check_24 a response of a route that is not public is private, and no cache-specific header contradicts that, by ${via}`, async () => {
        const get = (path: string, words: Record<string, string>, headers: Record<string, string>) =>
          ask(world().origin, `/${via}/${path}/cacheable`, {
            headers: { "X-Answer-With": JSON.stringify(words), ...headers },
          });
        const token = { Authorization: `Bearer ${who.token}` };
        const cookie = { Cookie: who.cookie };
        for (const words of WORDS) {
          const said = JSON.stringify(words);
          for (const [path, proof] of [
            ["none", token],
            ["5s", token],
            ["strict", token],
            ["open/shut", token],
            ["page", cookie],
            ["both", cookie],
            ["both", token],
          ] as const) {
            const answer = await get(path, words, proof);
            assert.deepEqual([answer.status, answer.text], [200, "secret"], path);
            assert.equal(answer.header("cache-control"), "private, no-store", `${path}: ${said}`);
            for (const name of OVERRIDES) assert.equal(answer.header(name), undefined, `${name} at ${path}: ${said}`);
          }
          const open = await get("open", words, {});
          for (const [name, value] of Object.entries(words)) assert.equal(open.header(name), value, `public: ${said}`);
          const kept = await get("kept", words, token);
          for (const [name, value] of Object.entries(words))
            assert.equal(kept.header(name), value, `the route allows it: ${said}`);
        }
      });

    test("check_24 error responses are never stored", async () => {
      for (const path of ["/service/none/x", "/service/page/x", "/nowhere", "/service/open/../x", "/dead/x"])
        assert.match((await ask(world().origin, path)).header("cache-control") ?? "", /\bno-store\b/, path);
    });

    test("check_24 the gate's requests to an upstream by URL bypass the platform's cache", async () => {
      const asked = world().upstream.reached();
      for (const path of ["/url/none/x", "/url/open/x", "/url/kept/x"])
        for (let i = 0; i < 3; i++) {
          const answer = await ask(world().origin, path, { headers: { Authorization: `Bearer ${who.token}` } });
          // This is how the runtime writes `cache: "no-store"`.
          const headers = new Map<string, string>(answer.json().headers);
          assert.equal(headers.get("cache-control"), "no-cache", path);
        }
      assert.equal(world().upstream.reached() - asked, 9);
    });
  });
}
