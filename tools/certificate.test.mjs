import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

test("processes that ask for a certificate at the same time get one, with its key", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "latchkey-certificate-"));
  t.after(() => rm(dir, { recursive: true }));
  const module = fileURLToPath(new URL("certificate.mjs", import.meta.url));
  const script = `import { keptOrNew } from ${JSON.stringify(module)};
    process.stdout.write(JSON.stringify(await keptOrNew(${JSON.stringify(dir)})));`;
  const args = ["--input-type=module", "-e", script];
  const outputs = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, args)));
  const [one, ...others] = outputs.map(({ stdout }) => JSON.parse(stdout));
  for (const other of others) assert.deepEqual(other, one);
  assert.ok(one.keyPath.startsWith(dir));
  const key = createPrivateKey(await readFile(one.keyPath, "utf8"));
  assert.ok(new X509Certificate(one.cert).checkPrivateKey(key));
  assert.equal(await readFile(one.certPath, "utf8"), one.cert);
});
