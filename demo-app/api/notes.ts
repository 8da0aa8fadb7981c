import { readNote } from "./body.ts";
import { MAX_NOTES, type Note } from "./notes-object.ts";
import { Problem } from "./problem.ts";
import type { Ask } from "./resource.ts";

/** `GET /api/notes`: the user's notes, the newest first. */
export async function listNotes(ask: Ask): Promise<Response> {
  return Response.json({ notes: await notesOf(ask).list() });
}

/** `POST /api/notes`: adds a note and gives it back. */
export async function addNote(ask: Ask): Promise<Response> {
  const note = await storeNote(ask, await readNote(ask.request));
  return Response.json(note, { status: 201, headers: { Location: `/api/notes/${note.id}` } });
}

/** `DELETE /api/notes/:id`. Another user's note is not in this user's object, so it is not found. */
export async function removeNote(ask: Ask): Promise<Response> {
  if (!(await notesOf(ask).remove(ask.id))) throw new Problem("not_found");
  return new Response(null, { status: 204 });
}

/** Stores a text as a new note. */
export async function storeNote(ask: Pick<Ask, "env" | "user">, text: string): Promise<Note> {
  const note: Note = { id: crypto.randomUUID(), text, created_at: Math.floor(Date.now() / 1000) };
  if (!(await notesOf(ask).add(note))) throw new Problem("notes_full", `You can keep ${MAX_NOTES} notes.`);
  return note;
}

/** One object per user. A subject is unique only together with its issuer. */
export function notesOf({ env, user: { issuer, subject } }: Pick<Ask, "env" | "user">) {
  return env.NOTES.get(env.NOTES.idFromName(JSON.stringify([issuer, subject])));
}
