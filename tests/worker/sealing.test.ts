// The service's private keys are sealed at rest if a secret is configured. A seal is what SECURITY.md says it is,
// and it is opened in its own place only.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { assertProblem } from "../harness/contract.ts";
import { ask } from "../harness/http.ts";
import { storedUnder } from "../harness/stored.ts";
import { until } from "../harness/until.ts";
import { get, post } from "../harness/visitor.ts";
import {
  bearer,
  type Durable,
  fromOurPage,
  ISSUER,
  type Person,
  person,
  refresh,
  startDurable,
} from "./durable/world.ts";

const { subtle } = globalThis.crypto;
const SECRET = "a secret of at least 32 bytes, truly";
const sealedBy = (secret: string) => ({
  config: { keys: { secret_bindings: ["SEALING"] } },
  secrets: { SEALING: secret },
});

/** All bytes that the objects of a class have on disk. */
async function onDisk(world: Durable, name: string): Promise<Buffer> {
  return Buffer.concat(await storedUnder(join(world.dir, "storage", name)));
}

interface StoredKey {
  purpose: "signing" | "refresh";
  id: string;
  material: string;
}

const KEYS = [
  "SELECT 'signing' AS purpose, kid AS id, jwk AS material FROM signing_key",
  "SELECT 'refresh', id, bytes FROM refresh_key",
].join(" UNION ALL ");

const stored = (world: Durable): Promise<StoredKey[]> => world.look("KEYRING", "keyring", KEYS);

const store = (world: Durable, { purpose, id }: StoredKey, material: string) =>
  world.look(
    "KEYRING",
    "keyring",
    purpose === "signing"
      ? `UPDATE signing_key SET jwk = '${material}' WHERE kid = '${id}'`
      : `UPDATE refresh_key SET bytes = '${material}' WHERE id = '${id}'`,
  );

/** What a seal is bound to. */
const contextOf = ({ purpose, id }: Pick<StoredKey, "purpose" | "id">) => `latchkey ${purpose} key ${id}`;

/** HKDF-SHA-256 and AES-256-GCM, by the WebCrypto of Node.js. */
async function opened(
  material: string,
  context: string,
  { secret = SECRET, info = "latchkey keyring seal v1: key" } = {},
): Promise<string> {
  const [prefix, version, , iv = "", ciphertext = ""] = material.split(".");
  assert.deepEqual([prefix, version], ["sealed", "1"]);
  const base = await subtle.importKey("raw", Buffer.from(secret), "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: Buffer.from(info) };
  const key = await subtle.deriveKey(derivation, base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const parameters = { name: "AES-GCM", iv: Buffer.from(iv, "base64url"), additionalData: Buffer.from(context) };
  return Buffer.from(await subtle.decrypt(parameters, key, Buffer.from(ciphertext, "base64url"))).toString();
}

const changed = (material: string) => material.replace(/.(?=.$)/, (one) => (one === "A" ? "B" : "A"));

describe("sealing", { concurrency: 4 }, () => {
  test("a seal is AES-256-GCM under a key that HKDF-SHA-256 derives from the secret, with an IV of its own, bound to purpose and name", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    await person(world.origin);
    const plain = new Map((await stored(world)).map(({ id, material }) => [id, material]));
    assert.equal(plain.size, 4);
    await world.start(sealedBy(SECRET));
    assert.equal((await get(world.origin, "/.well-known/jwks.json")).status, 200);
    const rows = await stored(world);
    const ivs = rows.map(({ material }) => Buffer.from(material.split(".")[3] ?? "", "base64url"));
    assert.ok(ivs.every((iv) => iv.length === 12));
    assert.equal(new Set(ivs.map((iv) => iv.toString("hex"))).size, rows.length, "no IV twice");
    for (const row of rows) {
      const { purpose, id, material } = row;
      assert.equal(await opened(material, contextOf(row)), plain.get(id), "the key as it was before");
      const other = rows.find((each) => each.purpose === purpose && each.id !== id)?.id ?? "";
      for (const [what, attempt] of [
        ["another key's name", () => opened(material, contextOf({ purpose, id: other }))],
        [
          "another purpose",
          () => opened(material, contextOf({ purpose: purpose === "signing" ? "refresh" : "signing", id })),
        ],
        ["no context", () => opened(material, "")],
        ["another secret", () => opened(material, contextOf(row), { secret: `${SECRET}.` })],
        [
          "another use of the secret",
          () => opened(material, contextOf(row), { info: "latchkey keyring seal v1: name" }),
        ],
        ["a changed bit", () => opened(changed(material), contextOf(row))],
      ] as const)
        await assert.rejects(attempt, { name: "OperationError" }, `${purpose}: ${what}`);
    }
  });

  test("the Worker opens no seal that was changed or moved to another key's place: unavailable, until it is restored", async (t) => {
    const world = await startDurable(sealedBy(SECRET));
    t.after(() => world.stop());
    const who = await person(world.origin);
    const rows = await stored(world);
    const both = (purpose: string) => rows.filter((row) => row.purpose === purpose) as [StoredKey, StoredKey];
    const [[signing, nextSigning], [refreshing, nextRefreshing]] = [both("signing"), both("refresh")];
    const parts = (material: string) => material.split(".");
    for (const [what, row, material] of [
      ["a signing key in another's place", signing, nextSigning.material],
      ["a refresh key in another's place", refreshing, nextRefreshing.material],
      ["a refresh key in a signing key's place", signing, refreshing.material],
      ["a changed bit", refreshing, changed(refreshing.material)],
      ["another IV", refreshing, refreshing.material.replace(parts(refreshing.material)[3] ?? "", "A".repeat(16))],
      [
        "another secret's name",
        refreshing,
        refreshing.material.replace(parts(refreshing.material)[2] ?? "", "A".repeat(11)),
      ],
    ] as const) {
      await store(world, row, material);
      await world.start();
      assertProblem(await refresh(world.origin, who.cookie), "unavailable", { what });
      assertProblem(await ask(world.origin, "/none/x", bearer(who.token)), "unavailable", { what });
      assertProblem(await get(world.origin, "/.well-known/jwks.json"), "unavailable", { what });
      await store(world, row, row.material);
      await world.start();
      assert.equal((await refresh(world.origin, who.cookie)).status, 200, what);
    }
    assert.deepEqual(await stored(world), rows, "no key was generated or lost");
  });

  test("keys are sealed in place when a secret is configured, sealed again when it changes, and opened by no other secret", async (t) => {
    const world = await startDurable();
    t.after(() => world.stop());
    const who = await person(world.origin);
    const both = async (world: Durable, who: Person) => {
      assert.equal((await refresh(world.origin, who.cookie)).status, 200);
      assert.equal((await ask(world.origin, "/strict/x", bearer(who.token))).status, 200);
    };
    const rows = () => {
      const [file = ""] = databases;
      const database = new DatabaseSync(join(world.dir, "storage", "Keyring", file));
      try {
        const materials = database.prepare("SELECT jwk AS m FROM signing_key UNION ALL SELECT bytes FROM refresh_key");
        return materials.all().map((row) => String(row.m));
      } finally {
        database.close();
      }
    };
    await world.kill();
    const databases = (await readdir(join(world.dir, "storage", "Keyring"))).filter((file) =>
      /^[0-9a-f]{64}\.sqlite$/.test(file),
    );
    const plain = rows();
    assert.equal(plain.length, 4);
    const [ONE, TWO] = ["one secret of at least 32 bytes, truly", "another secret of at least 32 bytes, too"];
    const keys = (...secret_bindings: string[]) => ({ config: { keys: { secret_bindings } } });

    await world.start({ ...keys("FIRST"), secrets: { FIRST: ONE } });
    await both(world, who);
    await world.kill();
    const sealed = rows();
    assert.ok(
      sealed.every((text) => text.startsWith("sealed.1.")),
      "all of them",
    );
    const disk = await onDisk(world, "Keyring");
    for (const text of plain) {
      const secret = text.startsWith("{") ? (JSON.parse(text).d as string) : text;
      assert.equal(disk.includes(secret), false, "no key is on disk in the clear");
    }

    await world.start({ ...keys("SECOND", "FIRST"), secrets: { FIRST: ONE, SECOND: TWO } });
    await both(world, who);
    await world.kill();
    const again = rows();
    assert.ok(again.every((text) => text.startsWith("sealed.1.") && !sealed.includes(text)));
    assert.equal(new Set(again.map((text) => text.split(".")[2])).size, 1, "all sealed with the new secret");

    await world.start({ ...keys("SECOND"), secrets: { SECOND: TWO } });
    await both(world, who);

    for (const wrong of [{ ...keys("FIRST"), secrets: { FIRST: ONE } }, keys()]) {
      await world.start(wrong);
      for (const answer of [
        await refresh(world.origin, who.cookie),
        await post(
          world.origin,
          "/auth/sign-in",
          { email: who.email, password: "correct horse battery staple" },
          fromOurPage,
        ),
        await get(world.origin, "/.well-known/jwks.json"),
      ])
        assertProblem(answer, "unavailable");
      assertProblem(await ask(world.origin, "/none/x", bearer(who.token)), "unavailable");
      await world.kill();
      assert.deepEqual(rows(), again, "no key was generated or lost");
    }

    await world.start({ ...keys("MISSING"), secrets: {} });
    assertProblem(await refresh(world.origin, who.cookie), "unavailable");
    await until("the log names it", () =>
      /keys\.secret_bindings\[0\]: found MISSING, which is not set/.test(world.logs()),
    );

    await world.start({ ...keys("SECOND"), secrets: { SECOND: TWO } });
    await both(world, who);
  });

  test("a service reached by https with unsealed keys logs that at start, and is healthy", async (t) => {
    const world = await startDurable({ config: { issuer: ISSUER.replace("http:", "https:") } });
    t.after(() => world.stop());
    assert.equal((await get(world.origin, "/healthz")).status, 200);
    await until("the log says so", () => world.logs().includes('"event":"keys_not_sealed"'));
  });
});
