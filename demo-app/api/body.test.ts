import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NOTE_LENGTH, readNote } from "./body.ts";
import { Problem } from "./problem.ts";

const JSON_TYPE = "application/json";

function read(body: string | Uint8Array<ArrayBuffer>, type: string | null = JSON_TYPE): Promise<string> {
  const headers: Record<string, string> = type === null ? {} : { "Content-Type": type };
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return readNote(new Request("https://demo.example/api/notes", { method: "POST", body: bytes, headers }));
}

const GOOD: readonly (readonly [body: string, note: string])[] = [
  ['{"text":"a"}', "a"],
  [' {\n"text" : "  a b\\n" } ', "a b"],
  ['{"text":"say \\"hi\\" {}, \\\\"}', 'say "hi" {}, \\'],
  ['{"\\u0074ext":"\\ud83d\\udd11"}', "🔑"],
  ['{"text":"tab\\tand\\nline"}', "tab\tand\nline"],
  [`{"text":"${"\\u00e9".repeat(MAX_NOTE_LENGTH)}"}`, "é".repeat(MAX_NOTE_LENGTH)],
];

for (const [body, note] of GOOD) {
  test(`taken: ${body.slice(0, 40)}`, async () => assert.equal(await read(body), note));
}

const BAD: readonly string[] = [
  "",
  "[",
  "null",
  '"text"',
  '["text"]',
  "{}",
  '{"text":1}',
  '{"text":null}',
  '{"Text":"a"}',
  '{"text":"a","more":1}',
  '{"text":"a","text":"b"}',
  '{"text":"a","\\u0074ext":"b"}',
  '{"text":""}',
  '{"text":" \\n "}',
  '{"text":"\\u0000"}',
  '{"text":"\\u001b[2J"}',
  '{"text":"\\ud800"}',
  '\ufeff{"text":"a"}',
  `{"text":"${"a".repeat(MAX_NOTE_LENGTH + 1)}"}`,
];

const refusedWith = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

for (const body of BAD) {
  test(`refused: ${body.slice(0, 40)}`, () => assert.rejects(read(body), refusedWith("invalid_request")));
}

test("refused: what isn't UTF-8", () =>
  assert.rejects(read(new Uint8Array([123, 34, 0xff])), refusedWith("invalid_request")));

test("refused before it is read whole: more than 16 KiB, of whatever type", async () => {
  await assert.rejects(read(" ".repeat(16 * 1024 + 1)), refusedWith("too_large"));
  await assert.rejects(read(" ".repeat(1024 * 1024), "text/plain"), refusedWith("too_large"));
});

for (const type of ["text/plain", "application/jsonp", "application/x-www-form-urlencoded", null]) {
  test(`refused: the type ${type}`, () =>
    assert.rejects(read('{"text":"a"}', type), refusedWith("unsupported_media_type")));
}

test("taken: a type with a parameter, in any case", async () =>
  assert.equal(await read('{"text":"a"}', "Application/JSON ; charset=utf-8"), "a"));
