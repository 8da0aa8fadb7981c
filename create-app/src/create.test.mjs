import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { choose } from "./ask.mjs";
import { Mistake } from "./mistake.mjs";
import { CHOICES, readOptions } from "./options.mjs";
import { merge, withNode, writeProject } from "./project.mjs";

const parent = await mkdtemp(join(tmpdir(), "latchkey-create-"));
after(() => rm(parent, { recursive: true, force: true }));

describe("options", () => {
  test("what is not given is left to the questions", () => {
    const options = readOptions([join(parent, "my-app")], {});
    assert.ok(options !== "help");
    const expected = { name: "my-app", folder: join(parent, "my-app"), yes: false, manager: "npm" };
    assert.deepEqual({ ...options }, { ...expected, frontend: undefined, api: undefined, packages: undefined });
  });

  test("all of them", () => {
    const args = ["shop", "--frontend", "svelte", "--api", "url", "--yes", "--packages", parent];
    const options = readOptions(args, { npm_config_user_agent: "pnpm/11.0.0 npm/? node/v24.0.0 linux x64" });
    assert.ok(options !== "help");
    const { frontend, api, yes, packages, manager } = options;
    assert.deepEqual([frontend, api, yes, packages, manager], ["svelte", "url", true, parent, "pnpm"]);
  });

  test("npm takes --yes for its own, and says so in the environment", () => {
    const options = readOptions(["shop"], { npm_config_yes: "true" });
    assert.ok(options !== "help" && options.yes);
  });

  /** @type {[args: string[], message: RegExp][]} */
  const mistakes = [
    [[], /^Which folder\?/],
    [["shop", "react"], /^Expected one folder, found: shop react\. npm reads options itself unless -- stands/],
    [["My-App"], /expected 2 to 54 lower-case letters, digits and hyphens.*found "My-App"/],
    [["1app"], /found "1app"/],
    [["a".repeat(55)], /found "a{55}"/],
    [["app-"], /found "app-"/],
    [["shop", "--frontend", "angular"], /^--frontend: expected react, vue, svelte, plain; found "angular"\.$/],
    [["shop", "--api", "graphql"], /^--api: expected worker, url; found "graphql"\.$/],
    [["shop", "--typescript"], /Unknown option '--typescript'/],
  ];
  for (const [args, message] of mistakes) {
    test(`rejects ${JSON.stringify(args)}`, () => {
      assert.throws(
        () => readOptions(args, {}),
        (error) => {
          assert.ok(error instanceof Mistake);
          assert.match(error.message, message);
          assert.equal(error.exitCode, 2);
          return true;
        },
      );
    });
  }
});

test("a question takes a name, a number or the return key, and is asked again otherwise", async () => {
  const answers = ["react native", "3", " VUE ", ""];
  const read = () => Promise.resolve(answers.shift() ?? "");
  assert.equal(await choose("frontend", read), "svelte");
  assert.equal(await choose("frontend", read), "vue");
  assert.equal(await choose("api", read), "worker");
});

describe("the project", () => {
  const project = { name: "shop", yes: true, manager: "npm", frontend: CHOICES.frontend[0], api: CHOICES.api[0] };

  test("is not written into a folder that has something in it", async () => {
    const folder = join(parent, "full");
    await mkdir(folder);
    await writeFile(join(folder, "notes.txt"), "");
    await assert.rejects(writeProject({ ...project, folder, packages: undefined }), {
      name: "Mistake",
      message: `${folder} is not empty. Choose another name, or remove what is in it.`,
    });
  });

  test("without --packages, depends on this release of the packages; with it, on the tarballs", async () => {
    const folder = join(parent, "shop");
    await writeProject({ ...project, folder, packages: undefined });
    const { name, dependencies, scripts } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    assert.equal(name, "shop");
    assert.equal(dependencies["latchkey-auth"], `^${version}`);
    assert.equal(dependencies["latchkey-worker"], `^${version}`);
    assert.equal(scripts.check, "tsc && tsc -p worker");
    assert.match(await readFile(join(folder, "wrangler.toml"), "utf8"), /^name = "shop"$/m);
    assert.match(await readFile(join(folder, ".gitignore"), "utf8"), /^\.dev\.vars\*$/m);
    await assert.rejects(writeProject({ ...project, folder: join(parent, "b"), packages: folder }), {
      message: `--packages: there is no latchkey-auth-….tgz in ${folder}.`,
    });
  });

  test("brings a newer Node if this one is too old for wrangler and Vitest", () => {
    assert.deepEqual(withNode({}, "22.18.0"), {});
    assert.deepEqual(withNode({}, "24.0.0"), {});
    assert.ok(withNode({}, "22.17.1").devDependencies.node);
    assert.ok(withNode({}, "20.19.0").allowScripts.node);
  });

  test("a script that two templates have runs both", () => {
    assert.deepEqual(merge({ a: { x: "1" } }, { a: { x: "2", y: "3" }, b: {} }), { a: { x: "1 && 2", y: "3" }, b: {} });
  });
});

test("the templates name the versions that this repository tests", async () => {
  const manifests = ["..", "../../demo-app", "../../tests", "../../tests/packaging"].map(
    (path) => `../${path}/package.json`,
  );
  /** @type {{ [name: string]: string }} */
  const tested = {};
  for (const path of manifests) {
    const { dependencies, devDependencies } = await manifestAt(path.replace("../..", ".."));
    Object.assign(tested, dependencies, devDependencies);
  }
  let compared = 0;
  for (const layer of ["base", ...CHOICES.frontend, ...CHOICES.api]) {
    const { dependencies, devDependencies } = await manifestAt(`../templates/${layer}/package.json`);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(/** @type {string} */ (version), /^\d+\.\d+\.\d+$/, name);
      // TypeScript 7 has no API for vue-tsc and svelte-check.
      if (!(name in tested) || name === "typescript") continue;
      assert.equal(version, tested[name], `${layer}: ${name}`);
      compared += 1;
    }
  }
  assert.ok(compared >= 10, `${compared} versions were compared`);
});

/** @param {string} path */
const manifestAt = async (path) => JSON.parse(await readFile(new URL(path, import.meta.url), "utf8"));
