// `latchkey-worker secret`, with the real wrangler and a stand-in for Cloudflare's API.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startCloudflareApi } from "../harness/cloudflare-api.ts";
import { type WorkerProject, workerProject } from "../harness/worker-project.ts";

const SEALING = "LATCHKEY_KEYRING_SECRET";
const GATE = "GATE_SECRET";
const INIT = [
  ...["init", "--domain", "auth.acme.dev", "--hosting", "pages", "--page", "https://www.acme.dev"],
  ...["--api", "https://api.acme.dev"],
];
/** 32 bytes in base64. */
const VALUE = /^[A-Za-z0-9+/]{43}=$/;

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;
const valuesIn = async (file: string) =>
  new Map([...(await readFile(file, "utf8")).matchAll(/^(\w+)="(.*)"$/gm)].map(([, name, value]) => [name, value]));
const shown = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;

const git = (cwd: string, ...args: string[]) => promisify(execFile)("git", args, { cwd });

async function inProject(work: (project: WorkerProject) => Promise<void>) {
  const project = await workerProject();
  try {
    await git(project.dir, "init", "--quiet");
    assert.equal((await project.latchkey(INIT)).code, 0);
    await work(project);
  } finally {
    await project.remove();
  }
}

test("secrets of this machine: created once, readable by their owner alone, ignored by git, shown nowhere", async () => {
  await inProject(async (project) => {
    await writeFile(join(project.dir, ".dev.vars.production"), "OTHER=1", { mode: 0o644 });
    const local = ["secret", "--local", "--env", "production"];
    const first = await project.latchkey(local);
    assert.equal(first.code, 0, first.stderr);
    const file = join(project.dir, ".dev.vars.production");
    const values = await valuesIn(file);
    assert.deepEqual([...values.keys()], [SEALING, GATE]);
    assert.match(await readFile(file, "utf8"), /^OTHER=1\n/, "what was there stays");
    for (const value of values.values()) {
      assert.match(value ?? "", VALUE);
      assert.ok(!shown(first).includes(value ?? ""), "not shown");
    }
    assert.equal(await modeOf(file), 0o600);
    await git(project.dir, "check-ignore", ".dev.vars.production");
    const again = await project.latchkey(local);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^Nothing was changed.*\n.*LATCHKEY_KEYRING_SECRET.*all keys and all sessions are lost/);
    assert.equal((await project.latchkey([...local, "--if-missing"])).code, 0);
    assert.deepEqual(await valuesIn(file), values);
    const top = await project.latchkey(["secret", "--local", "--if-missing"]);
    assert.equal(top.code, 0, "the top level names no secret");
  });
});

test("a deployment without the secrets fails; before the first one, wrangler creates an empty Worker with the secrets; existing ones are kept", async () => {
  const api = await startCloudflareApi();
  try {
    await inProject(async (project) => {
      const early = await project.wrangler(["deploy", "--env", "production"], api.env);
      assert.equal(early.code, 1);
      assert.match(shown(early), /required secrets have not been set: LATCHKEY_KEYRING_SECRET, GATE_SECRET/);
      assert.deepEqual([...api.workers], [], "nothing was deployed");
      const out = join(project.dir, "copy.env");
      const first = await project.latchkey(["secret", "--out", "copy.env"], api.env);
      assert.equal(first.code, 0, first.stderr);
      const stored = api.workers.get("latchkey");
      assert.deepEqual([...(stored ?? [])], [...(await valuesIn(out))]);
      assert.deepEqual([...(stored ?? []).keys()], [SEALING, GATE]);
      assert.equal(await modeOf(out), 0o600);
      await git(project.dir, "check-ignore", "copy.env");
      assert.match(api.scripts.get("latchkey") ?? "", /export default \{ fetch\(\) \{\} \}/, "it answers nothing");
      for (const value of stored?.values() ?? []) {
        assert.match(value, VALUE);
        assert.ok(!shown(first).includes(value), "not shown");
      }
      assert.match(first.stderr, /LATCHKEY_KEYRING_SECRET: stored; .*Keep the copy in copy\.env in a safe place/);

      const before = new Map(stored);
      stored?.delete(GATE);
      const overwrite = await project.latchkey(["secret", "--out", "copy.env"], api.env);
      assert.match(overwrite.stderr, /--out: found copy\.env, which exists/);
      assert.deepEqual([...(stored ?? [])], [[SEALING, before.get(SEALING)]]);
    });
  } finally {
    await api.stop();
  }
});

test("if wrangler cannot say what exists, nothing is changed; if it cannot store a secret, its copy is kept", async () => {
  const api = await startCloudflareApi();
  try {
    await inProject(async (project) => {
      const withoutLogin = await project.latchkey(["secret", SEALING]);
      assert.equal(withoutLogin.code, 1);
      assert.match(withoutLogin.stderr, /^wrangler secret list failed, so nothing was changed/);
      api.workers.set("latchkey", new Map());
      api.failStoring = 400;
      const failed = await project.latchkey(["secret", SEALING, "--out", "copy.env"], api.env);
      assert.equal(failed.code, 1);
      assert.deepEqual([...(api.workers.get("latchkey") ?? [])], []);
      api.failStoring = undefined;
      const [, command = ""] = /To store them: npx wrangler (.*)/.exec(failed.stderr) ?? [];
      assert.equal(command, "secret bulk copy.env --env production");
      assert.equal((await project.wrangler(command.split(" "), api.env)).code, 0);
      assert.deepEqual(api.workers.get("latchkey"), await valuesIn(join(project.dir, "copy.env")));
    });
  } finally {
    await api.stop();
  }
});
