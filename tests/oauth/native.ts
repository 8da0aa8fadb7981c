// The command line of examples/native-cli, as its own process: a user signs in with the browser of this computer, or
// with another device.
import assert from "node:assert/strict";
import { type ExecFileException, execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as oauth from "openid-client";
import { del, get, signUp, type Visitor } from "../harness/visitor.ts";
import { Browser } from "./browser.ts";
import type { World } from "./world.ts";

const SCRIPT = fileURLToPath(new URL("../../examples/native-cli/notes.mjs", import.meta.url));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export function native(world: () => World): void {
  let homes: string[];
  let who: Visitor;

  before(async () => {
    homes = await Promise.all(["browser", "device"].map((name) => mkdtemp(join(tmpdir(), `latchkey-${name}-`))));
    who = await signUp(world().origin);
  });
  after(() => Promise.all((homes ?? []).map((home) => rm(home, { recursive: true, force: true }))));

  const environment = (home: string) => ({
    ...process.env,
    NOTES_SERVICE: world().origin,
    NOTES_HOME: home,
    BROWSER: "none",
  });
  const notes = (home: string, command: string, path = "", more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    promisify(execFile)(process.execPath, [SCRIPT, command, path], { env: { ...environment(home), ...more } }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: ExecFileException & Ended) => ({ code: Number(code), stdout, stderr }),
    );

  /** Starts the sign-in, and lets the user act on the line that the program prints. */
  async function signIn(
    home: string,
    args: string[],
    line: RegExp,
    user: (match: RegExpExecArray) => Promise<unknown>,
  ) {
    const child = spawn(process.execPath, [SCRIPT, "sign-in", ...args], { env: environment(home) });
    let [stdout, stderr, acted] = ["", "", undefined as Promise<unknown> | undefined];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const match = line.exec(stderr);
      if (match && acted === undefined) {
        acted = user(match);
        acted.catch(() => child.kill());
      }
    });
    const code = await new Promise<number | null>((done) => child.once("close", done));
    await acted;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  const session = async (home: string) => JSON.parse(await readFile(join(home, "session.json"), "utf8"));

  describe("a native app", { concurrency: 2 }, () => {
    test("signs in with the system browser and a loopback redirect, calls the API, and signs out", async () => {
      const [home = ""] = homes;
      const shown = await signIn(home, [], /Sign in at: (\S+)\n/, async ([, url = ""]) => {
        const callback = await new Browser(world().origin, who).approve(url);
        assert.equal(callback.hostname, "127.0.0.1");
        assert.equal((await fetch(callback)).status, 200);
      });
      assert.equal(shown, `Signed in as ${who.email}.\n`);
      assert.equal((await stat(join(home, "session.json"))).mode & 0o077, 0, "only this user can read the session");
      for (let i = 0; i < 2; i++) {
        const { code, stdout, stderr } = await notes(home, "get", "/api/read/x");
        assert.equal(code, 0, stderr);
        const headers = new Map<string, string>(
          JSON.parse(stdout).headers.map(([name, value]: [string, string]) => [name.toLowerCase(), value]),
        );
        assert.equal(headers.get("latchkey-subject"), who.body.session.user.id);
        assert.equal(headers.get("dpop"), undefined, "the API gets no proof");
        assert.equal(headers.get("authorization"), undefined, "the API gets no token");
      }
      const refused = await notes(home, "get", "/api/write/x");
      assert.equal(refused.code, 1, "a scope that was not granted");
      assert.match(refused.stdout, /"insufficient_scope"/);
      const { refreshToken } = await session(home);
      assert.equal((await notes(home, "sign-out")).code, 0);
      assert.match((await notes(home, "get", "/api/read/x")).stderr, /Not signed in/);
      const config = await configuration();
      const DPoP = oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair());
      await assert.rejects(oauth.refreshTokenGrant(config, refreshToken, undefined, { DPoP }), {
        error: "invalid_grant",
      });
    });

    test("signs in on another device with a code, and a copy of its refresh token is of no use without the key", async () => {
      const [, home = ""] = homes;
      const shown = await signIn(
        home,
        ["--device"],
        /Open (\S+) and enter the code (\S+)\n/,
        async ([, page = "", code = ""]) => {
          const browser = new Browser(world().origin, who);
          const confirmation = await browser.press(await browser.visit(page), /^(Continue|Next)/i, { user_code: code });
          assert.match(confirmation.page?.text ?? "", /Notes on the command line/);
          const done = await browser.press(confirmation, /^(Allow|Approve)/i);
          assert.equal(done.page?.status, 200, done.page?.text);
        },
      );
      assert.equal(shown, `Signed in as ${who.email}.\n`);
      assert.equal((await notes(home, "get", "/api/read/x")).code, 0);
      const { refreshToken } = await session(home);
      const config = await configuration();
      for (const key of [undefined, await oauth.randomDPoPKeyPair()])
        await assert.rejects(
          oauth.refreshTokenGrant(
            config,
            refreshToken,
            undefined,
            key ? { DPoP: oauth.getDPoPHandle(config, key) } : undefined,
          ),
          (error) =>
            error instanceof oauth.ResponseBodyError && ["invalid_grant", "invalid_dpop_proof"].includes(error.error),
        );
      const { code, stderr } = await notes(home, "get", "/api/read/x");
      assert.equal(code, 0, `the owner's session continues: ${stderr}`);

      const offline = await notes(home, "get", "/api/read/x", { NOTES_SERVICE: "http://localhost:1" });
      assert.equal(offline.code, 1);
      assert.equal((await session(home)).refreshToken !== undefined, true, "a failure of the network ends no session");
      const { grants } = (await get(world().origin, "/auth/grants", who)).json();
      for (const { id } of grants) await del(world().origin, `/auth/grants/${id}`, who);
      assert.match((await notes(home, "get", "/api/read/x")).stderr, /The session has ended\. Run: notes sign-in/);
      await assert.rejects(session(home), { code: "ENOENT" });
    });
  });

  const configuration = () =>
    oauth.discovery(new URL(world().origin), "notes-cli", undefined, oauth.None(), {
      algorithm: "oauth2",
      execute: [oauth.allowInsecureRequests],
    });
}
