// Requests whose head no browser would write: host names that change the path.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exchange } from "./raw.ts";
import { VIAS, type World } from "./world.ts";

export function oddRequests(world: () => World): void {
  const get = (target: string, headers: string) =>
    exchange(world().port, Buffer.from(`GET ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`, "latin1"));

  describe("odd requests", { concurrency: true }, () => {
    for (const via of VIAS)
      test(`check_19 no host name changes the path, by ${via}`, async () => {
        // The runtime puts the name in front of the path; a URL parser may find another path in the
        // combination.
        const shut = `${via}\\open\\shut`;
        const names = [
          "localhost",
          "localhost:8787",
          "[::1]:8787",
          `h\\${shut}`,
          `h\\${shut}\\`,
          `h\\${shut}\\..`,
          `h\\${shut}\\.`,
          `h:80\\${shut}`,
          `\\${shut}`,
          `\\\\${shut}`,
          `h/${via}/open/shut`,
          `h/${via}/open/shut/..`,
          `h?/${via}/open/shut`,
          `h#/${via}/open/shut`,
          `h%2f${via}%2fopen%2fshut`,
          `h%5c${shut}`,
          `u@h\\${shut}`,
          `u:p@h`,
          `h\t\\${shut}`,
          `h \\${shut}`,
          `h;${via}/open/shut`,
          "a b",
          "\u00e9",
          "",
        ];
        let reached = 0;
        for (const name of names)
          for (const target of [`/${via}/open/x`, "/open/x", "/x", `/${via}/open/..\\x`, `/../${via}/open/x`]) {
            const answer = await get(target, `Host: ${name}\r\n`);
            const what = `${JSON.stringify(name)} ${target}: ${answer.status} ${answer.body.slice(0, 200)}`;
            assert.ok(answer.status < 500, what);
            if (answer.status !== 200) continue;
            const { path } = JSON.parse(answer.body) as { path: string };
            assert.doesNotMatch(decodeURIComponent(path), /shut/, what);
            assert.ok(path.startsWith(`/${via}/open/`), what);
            reached += 1;
          }
        assert.ok(reached >= 3, "the plain names reach the upstream");
      });
  });
}
