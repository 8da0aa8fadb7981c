// For Vitest, Jest with modules, and node:test.
import assert from "node:assert/strict";
import * as latchkey from "latchkey-auth";
import * as adapter from "latchkey-auth/react";
import { createAuth } from "latchkey-auth/svelte";
import * as testing from "latchkey-auth/testing";
import * as language from "latchkey-auth/texts/en";
import { useAuth } from "latchkey-auth/vue";
import * as react from "react";
import * as dom from "react-dom/client";
import { check } from "./check.cjs";

const test = globalThis.test ?? (await import("node:test")).test;

test("every entry point can be loaded", () => {
  for (const entry of [createAuth, useAuth]) assert.equal(typeof entry, "function");
});

test("the package, by import", () => check(latchkey, testing, adapter, language, react, dom));
