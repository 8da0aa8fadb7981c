import assert from "node:assert/strict";
import { test } from "node:test";
import { cyclesOf, drawingOf, importsOf, withDrawing } from "../modules.mjs";
import { problemsOf } from "./module-cycles.mjs";

/** @param {Record<string, string>} files */
const graph = (files) => importsOf(new Map(Object.entries(files)));

/** @param {Record<string, string>} files */
const imports = (files) =>
  Object.fromEntries([...graph(files)].map(([module, others]) => [module, [...others].join(" ")]));

const ROOT = "pub mod a;\npub mod b;\nmod c;\n";

test("a `use`, a path in code and a tree of paths are imports of the module that defines the item", () => {
  assert.deepEqual(
    imports({
      "lib.rs": ROOT,
      "a.rs": "use crate::b::B;\nfn a() { crate::c::c() }",
      "b/mod.rs": "mod inner;\nuse super::c::{self, C as D};\npub struct B;\nfn b() { inner::f() }",
      "b/inner.rs": "use super::B;\nuse std::rc::Rc;\npub fn f() {}",
      "c.rs": "pub struct C;\npub fn c() {}",
    }),
    { "": "", a: "b c", b: "b::inner c", "b::inner": "b", c: "" },
  );
});

test("a re-export is no import, and leads to where the item is defined", () => {
  assert.deepEqual(
    imports({
      "lib.rs": ROOT,
      "a.rs": "use crate::b::{B, Rc};",
      "b.rs": "pub use crate::c::C as B;\npub use std::rc::Rc;",
      "c.rs": "pub struct C;",
    }),
    { "": "", a: "c", b: "", c: "" },
  );
});

test("tests, comments and texts import nothing", () => {
  const files = {
    "lib.rs": ROOT,
    "a.rs": '// crate::b::B\nconst X: &str = "crate::b::B";\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n',
    "b.rs": "#[cfg(test)]\nmod tests;\npub struct B;",
    "b/tests.rs": "use crate::a::X;",
    "c.rs": "",
  };
  assert.deepEqual(imports(files), { "": "", a: "", b: "", c: "" });
});

test("a circle is reported by its modules", () => {
  const circle = graph({
    "lib.rs": ROOT,
    "a.rs": "use crate::b::B;\npub struct A;",
    "b.rs": "use crate::c::C;\npub struct B;",
    "c.rs": "use crate::a::A;\npub struct C;",
  });
  assert.deepEqual(cyclesOf(circle), [["a", "b", "c"]]);
  assert.match(problemsOf("core", circle)[0] ?? "", /^core\/src: .* circle: a b c$/);
  const line = graph({ "lib.rs": ROOT, "a.rs": "use crate::b::B;", "b.rs": "pub struct B;", "c.rs": "" });
  assert.deepEqual(problemsOf("core", line), []);
});

test("the drawing has a line for each module, above those that it imports, and replaces an older one", () => {
  const line = graph({
    "lib.rs": ROOT,
    "a.rs": "use crate::b::B;\nuse crate::c::C;",
    "b.rs": "use crate::c::C;\npub struct B;",
    "c.rs": "pub struct C;",
  });
  assert.equal(drawingOf(line), " 2  a  → b c\n 1  b  → c\n 0  c");
  const empty = "# A\n<!-- modules: written by tools/modules.mjs -->\nold\n<!-- end of modules -->\n## B\n";
  const drawn = withDrawing(empty, new Map([["core", line]]));
  assert.ok(drawn.includes(" 2  a  → b c") && !drawn.includes("old") && drawn.endsWith("## B\n"), drawn);
  assert.equal(withDrawing(drawn, new Map([["core", line]])), drawn);
  assert.throws(() => withDrawing("# A", new Map()), /no place/);
});
