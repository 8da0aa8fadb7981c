// Check 33: only exactly the service's cookie is recognised, and an altered cookie has no effect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertHygiene, assertProblem, COOKIE, cookieParts } from "../../harness/contract.ts";
import { ask, type HeaderList, rawStatus } from "../../harness/http.ts";
import { ownPage, refresh, renewed, signIn, signUp } from "../../harness/visitor.ts";
import type { World } from "./world.ts";

/** UTF-8 bytes as the one-byte characters that an HTTP header carries. */
const bytes = (text: string) => Buffer.from(text).toString("latin1");

export function cookie({ origin }: World): void {
  test("check_33 other cookies beside the session's do not matter", async () => {
    const { cookie } = await signUp(origin);
    for (const header of [
      `a=b; ${cookie}`,
      `${cookie}; a=b`,
      `a=b;${cookie};c`,
      `;; ${cookie} ;`,
      `a="b; ${cookie}; c"`.replace('"b', "b").replace('c"', "c"),
    ]) {
      assert.equal((await refresh(origin, header)).status, 200, header.replace(cookie, "<cookie>"));
    }
  });

  test("check_33 similar names: an anonymous visitor, 204", async () => {
    const { cookie } = await signUp(origin);
    const value = cookie.slice(COOKIE.length + 1);
    const table: [string, string][] = [
      ["lower case", `__host-http-latchkey=${value}`],
      ["upper case", `__HOST-HTTP-LATCHKEY=${value}`],
      ["one letter in another case", `__Host-Http-Latchkey=${value}`],
      ["without the prefix", `latchkey=${value}`],
      ["a weaker prefix", `__Host-latchkey=${value}`],
      ["another prefix", `__Secure-Http-latchkey=${value}`],
      ["longer", `__Host-Http-latchkey2=${value}`],
      ["something before it", `x__Host-Http-latchkey=${value}`],
      ["percent-encoded", `__Host%2DHttp-latchkey=${value}`],
      ["empty name, ours as the value", `=${cookie}`],
      ["empty name with a space", ` = ${cookie}`],
      ["inside another value", `a=b=${cookie}`],
      ["after a comma", `a=b, ${cookie}`],
      ["no-break space before it", `\u00a0${cookie}`],
      ["next line before it", `\u0085${cookie}`],
      ["no-break space before it, UTF-8", bytes(`\u00a0${cookie}`)],
      ["en quad before it, UTF-8", bytes(`\u2000${cookie}`)],
      ["ideographic space before it, UTF-8", bytes(`\u3000${cookie}`)],
      ["zero-width space before it, UTF-8", bytes(`\ufeff${cookie}`)],
      ["Unicode space after the name, UTF-8", bytes(cookie.replace("=", "\u2003="))],
      ["Cyrillic look-alike, UTF-8", bytes(cookie.replace("o", "\u043e"))],
      ["full-width look-alike, UTF-8", bytes(cookie.replace("H", "\uff28"))],
      ["en quad behind another cookie, UTF-8", bytes(`a=b;\u2000${cookie}`)],
      ["only the name", COOKIE],
    ];
    for (const [what, header] of table) {
      const answer = await refresh(origin, header);
      if (what === "only the name") {
        assert.notEqual(answer.status, 200, what);
        continue;
      }
      assert.equal(answer.status, 204, `${what}: ${answer.text}`);
      assert.deepEqual(answer.setCookies, [], what);
      assertHygiene(answer, what);
    }
    await renewed(origin, cookie);
  });

  test("check_33 quotes, $Version and duplicates are never a session", async () => {
    const one = await signUp(origin);
    const other = await signUp(origin);
    const value = one.cookie.slice(COOKIE.length + 1);
    const lines: [string, string[]][] = [
      ["quoted", [`${COOKIE}="${value}"`]],
      ["RFC 2965", [`$Version="1"; ${COOKIE}="${value}"; $Path="/"`]],
      ["inside a quoted string", [`a="b; ${one.cookie}"; c=d`]],
      ["twice the same", [`${one.cookie}; ${one.cookie}`]],
      ["ours and another's", [`${one.cookie}; ${other.cookie}`]],
      ["garbage first", [`${COOKIE}=garbage; ${one.cookie}`]],
      ["garbage last", [`${one.cookie}; ${COOKIE}=garbage`]],
      ["empty first", [`${COOKIE}=; ${one.cookie}`]],
      ["two headers", [one.cookie, other.cookie]],
      ["two headers, the same", [one.cookie, one.cookie]],
    ];
    for (const [what, cookies] of lines) {
      const headers: HeaderList = [
        ...Object.entries(ownPage(origin)),
        ...cookies.map((line): [string, string] => ["Cookie", line]),
      ];
      const answer = await ask(origin, "/auth/refresh", { method: "POST", headers });
      assertProblem(answer, "session_ended", { reason: "none", what });
    }
    await renewed(origin, one.cookie);
    await renewed(origin, other.cookie);
  });

  test("check_33 control bytes that no HTTP library sends are rejected or ignored, and the Worker keeps working", async () => {
    const { cookie } = await signUp(origin);
    const head = [
      "POST /auth/refresh HTTP/1.1",
      `Host: ${new URL(origin).host}`,
      ...Object.entries(ownPage(origin)).map(([n, v]) => `${n}: ${v}`),
    ];
    for (const byte of ["\0", "\x01", "\x0b", "\x0c", "\x1f", "\x7f"]) {
      for (const line of [
        `${byte}${cookie}`,
        cookie.replace("=", `${byte}=`),
        `${cookie}${byte}`,
        `a=b;${byte}${cookie}`,
      ]) {
        const request = [...head, `Cookie: ${line}`, "Content-Length: 0", "Connection: close", "", ""].join("\r\n");
        const status = await rawStatus(origin, Buffer.from(request, "latin1"));
        assert.ok([204, 400, 401].includes(status), `${status} for a cookie with byte ${byte.charCodeAt(0)}`);
      }
    }
    await renewed(origin, cookie);
  });

  test("check_33 a value that is garbage, truncated, altered or of another account: no session, and all sessions continue", async () => {
    const one = await signUp(origin);
    const sibling = await signIn(origin, one);
    const other = await signUp(origin);
    const value = one.cookie.slice(COOKIE.length + 1);
    const { account, family, generation, secret } = cookieParts(value);
    const foreign = cookieParts(other.cookie.slice(COOKIE.length + 1));
    const theirs = cookieParts(sibling.cookie.slice(COOKIE.length + 1));
    const join = (...parts: (string | number)[]) => parts.join(".");
    const last = secret.at(-1) as string;
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twin = alphabet[alphabet.indexOf(last) ^ 1] as string; // Differs in bits that a lenient decoder ignores.
    const table: [string, string][] = [
      ["empty", ""],
      ["garbage", "garbage"],
      ["dots", "...."],
      ["many dots", ".".repeat(3000)],
      ["10 kB", "A".repeat(10_000)],
      ["a huge secret", join(1, account, family, generation, "A".repeat(8000))],
      ["percent-encoded", value.replaceAll(".", "%2e")],
      ["another version", join(2, account, family, generation, secret)],
      ["version 01", join("01", account, family, generation, secret)],
      ["no version", join(account, family, generation, secret)],
      ["a part more", `${value}.x`],
      ["a dot more", `${value}.`],
      ["padded", `${value}=`],
      ["secret of the last bits", value.slice(0, -1) + twin],
      ["secret of zeros", join(1, account, family, generation, "A".repeat(43))],
      [
        "secret changed in the first letter",
        join(1, account, family, generation, (secret[0] === "A" ? "B" : "A") + secret.slice(1)),
      ],
      ["no secret", join(1, account, family, generation, "")],
      ["secret of the sibling", join(1, account, family, generation, theirs.secret)],
      ["secret of another's", join(1, account, family, generation, foreign.secret)],
      ["account of another", join(1, foreign.account, family, generation, secret)],
      ["family of another", join(1, account, foreign.family, generation, secret)],
      ["family of the sibling", join(1, account, theirs.family, generation, secret)],
      [
        "account in upper case",
        join(1, account.toUpperCase() === account ? "x" : account.toUpperCase(), family, generation, secret),
      ],
      ["an account that never was", join(1, "0".repeat(account.length), family, generation, secret)],
      ["an account that is no id", join(1, "../../x", family, generation, secret)],
      ["account with quotes", join(1, "' OR 1=1 --", family, generation, secret)],
      ["a family that never was", join(1, account, "x".repeat(family.length), generation, secret)],
      ["no family", join(1, account, "", generation, secret)],
      ["a 4 kB family", join(1, account, "f".repeat(4000), generation, secret)],
    ];
    for (const other of [
      generation + 1,
      generation - 1,
      generation + 1000,
      `0${generation}`,
      `+${generation}`,
      `${generation}.0`,
      `${generation}e0`,
      "",
      "x",
      "18446744073709551617",
      "9007199254740993",
      "-0",
      "0x1",
    ]) {
      table.push([`generation ${other}`, join(1, account, family, other, secret)]);
    }
    for (const length of [
      1,
      2,
      10,
      Math.floor(value.length / 2),
      value.length - 44,
      value.length - 43,
      value.length - 2,
      value.length - 1,
    ]) {
      table.push([`cut to ${length}`, value.slice(0, length)]);
    }
    for (const [what, altered] of table) {
      assert.notEqual(altered, value, what);
      assertProblem(await refresh(origin, `${COOKIE}=${altered}`), "session_ended", { reason: "none", what });
    }
    for (const who of [one, sibling, other]) assert.equal(await renewed(origin, who.cookie), who.cookie);
  });
}
