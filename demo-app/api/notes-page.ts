import { gateIdentity } from "latchkey-auth/server";
import { checkedNote, MAX_NOTE_LENGTH, readForm } from "./body.ts";
import type { Env } from "./env.ts";
import { notesOf, storeNote } from "./notes.ts";
import type { Note } from "./notes-object.ts";
import { Problem } from "./problem.ts";
import type { Ask } from "./resource.ts";

/**
 * `/notes`: the user's notes as a page without script. The gate reads the session's cookie and says who the user is; the
 * notes are those of `/api/notes`.
 */
export async function notesPage(env: Env, request: Request): Promise<Response> {
  const user = gateIdentity(request, { trust: "network" });
  if (!user) return page(200, SIGNED_OUT);
  const ask = { env, user };
  try {
    if (request.method === "POST") return await change(ask, await readForm(request));
    return page(200, await shown(ask));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status } = error.toResponse();
    return page(status, `<p role="alert">${escaped(error.message || "That did not work.")}</p>${await shown(ask)}`);
  }
}

async function change(ask: Pick<Ask, "env" | "user">, form: URLSearchParams): Promise<Response> {
  const removed = form.get("remove");
  if (removed === null) await storeNote(ask, checkedNote(form.get("text") ?? ""));
  else await notesOf(ask).remove(removed);
  // The page is loaded by a GET, so that a reload does not repeat the change.
  return new Response(null, { status: 303, headers: { Location: "/notes", "Cache-Control": "no-store" } });
}

/** The app's page leads back here after the sign-in. */
const SIGNED_OUT = `<p>You are signed out. <a href="/?return_to=%2Fnotes">Sign in</a></p>`;

async function shown(ask: Pick<Ask, "env" | "user">): Promise<string> {
  const notes = await notesOf(ask).list();
  const list = notes.map(row).join("");
  return `<form method="post">
<label for="text">New note</label>
<textarea id="text" name="text" required maxlength="${MAX_NOTE_LENGTH}" rows="3"></textarea>
<button>Add note</button>
</form>
${list ? `<ul>${list}</ul>` : "<p>You have no notes yet.</p>"}`;
}

const row = ({ id, text, created_at }: Note) => `
<li><form method="post"><p>${escaped(text)}</p>
<time datetime="${new Date(created_at * 1000).toISOString()}">${new Date(created_at * 1000).toUTCString()}</time>
<button name="remove" value="${escaped(id)}" aria-label="Remove: ${escaped(text.slice(0, 40))}">Remove</button></form></li>`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

const STYLE = `
:root { color-scheme: light dark; background: light-dark(#f3f5f2, #0d1311); color: light-dark(#14201b, #e5ebe7); font: 1rem/1.5 system-ui, sans-serif; accent-color: light-dark(#0f5c4c, #74d3b3) }
body { margin: 0 }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline; padding: 1rem; border-bottom: 1px solid light-dark(#d9dfda, #28332e); background: light-dark(#fff, #141c19) }
header strong { font-size: 1.125rem }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem }
h1 { margin: 0; line-height: 1.2 }
a { color: light-dark(#0f5c4c, #74d3b3) }
label { display: block; font-weight: 550 }
textarea { box-sizing: border-box; width: 100%; margin: 0.375rem 0; padding: 0.5rem 0.75rem; border: 1px solid light-dark(#86918a, #6b7a73); border-radius: 0.5rem; background: light-dark(#fff, #0f1613); color: inherit; font: inherit; resize: vertical }
:focus-visible { outline: 3px solid light-dark(#b07d1c, #e3b85c); outline-offset: 2px }
ul { padding: 0; list-style: none }
li { border-top: 1px solid light-dark(#d9dfda, #28332e); padding: 0.75rem 0 }
li p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
time { color: light-dark(#52605a, #9caaa3); font-size: 0.875rem }
li form { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: center }
li p { flex: 1 0 100% }
button { min-height: 2.5rem; padding: 0.375rem 1rem; border: 1px solid light-dark(#86918a, #6b7a73); border-radius: 0.5rem; background: light-dark(#fff, #141c19); color: inherit; font: inherit; font-size: 0.875rem; font-weight: 550; cursor: pointer }
main > form > button { border-color: transparent; background: light-dark(#0f5c4c, #74d3b3); color: light-dark(#fff, #06231a) }
[role="alert"] { color: light-dark(#a6301e, #ff9482) }`;

function page(status: number, content: string): Response {
  const nonce = crypto.randomUUID();
  const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="/favicon.svg"><title>Your notes – Latchkey demo</title><style nonce="${nonce}">${STYLE}</style>
<header><strong>Latchkey demo</strong><a href="/">Back to the app</a></header>
<main><h1>Your notes</h1>
<p>The API renders this page, without script. The gate reads the session’s cookie.</p>
${content}</main></html>`;
  return new Response(html, {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      "Cache-Control": "private, no-store",
      "Cross-Origin-Resource-Policy": "same-origin",
      // With `no-referrer`, browsers send forms with `Origin: null`, which the gate rejects.
      "Referrer-Policy": "same-origin",
    },
  });
}
