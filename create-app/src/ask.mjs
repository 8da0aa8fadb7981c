// The two questions. Without a terminal, the defaults are used.
import { createInterface } from "node:readline/promises";
import { CHOICES } from "./options.mjs";

const TEXTS = {
  frontend: "What is the page written with?",
  api: "Where is the API? worker: in the same Worker, with Hono. url: a server of its own, with Express.",
};

/** @typedef {{ frontend: import("./options.mjs").Frontend, api: import("./options.mjs").Api }} Choices */

/**
 * @param {import("./options.mjs").Options} options
 * @param {NodeJS.ReadStream} input @param {NodeJS.WriteStream} output
 * @returns {Promise<Choices>}
 */
export async function ask({ frontend, api, yes }, input, output) {
  if (frontend && api) return { frontend, api };
  if (yes || !input.isTTY || !output.isTTY) {
    return { frontend: frontend ?? CHOICES.frontend[0], api: api ?? CHOICES.api[0] };
  }
  const terminal = createInterface({ input, output });
  const read = (/** @type {string} */ text) => terminal.question(text);
  try {
    return { frontend: frontend ?? (await choose("frontend", read)), api: api ?? (await choose("api", read)) };
  } finally {
    terminal.close();
  }
}

/**
 * Asks until the answer is one of the choices, by its name or its number, or the return key for the first.
 *
 * @template {keyof typeof CHOICES} Question
 * @param {Question} question @param {(text: string) => Promise<string>} read
 * @returns {Promise<typeof CHOICES[Question][number]>}
 */
export async function choose(question, read) {
  const choices = CHOICES[question];
  const list = choices.map((each, index) => `  ${index + 1}) ${each}`).join("\n");
  for (;;) {
    const answer = (await read(`${TEXTS[question]}\n${list}\n[1] `)).trim().toLowerCase();
    if (answer === "") return choices[0];
    const chosen = choices.find((each, index) => answer === each || answer === String(index + 1));
    if (chosen !== undefined) return chosen;
  }
}
