import { readNote } from "./body.ts";
import type { Env } from "./env.ts";
import type { Identity } from "./identity.ts";
import { MAX_NOTES, type Note } from "./notes-object.ts";
import { Problem } from "./problem.ts";

/** `GET /api/notes`: the user's notes, the newest first. */
export async function listNotes(env: Env, user: Identity): Promise<Response> {
  return Response.json({ notes: await notesOf(env, user).list() });
}

/** `POST /api/notes`: adds a note and gives it back. */
export async function addNote(env: Env, user: Identity, request: Request): Promise<Response> {
  const text = await readNote(request);
  const note: Note = { id: crypto.randomUUID(), text, created_at: Math.floor(Date.now() / 1000) };
  if (!(await notesOf(env, user).add(note))) throw new Problem("notes_full", `You can keep ${MAX_NOTES} notes.`);
  return Response.json(note, { status: 201, headers: { Location: `/api/notes/${note.id}` } });
}

/** `DELETE /api/notes/:id`. What isn't the user's own isn't in his object, and so isn't found. */
export async function removeNote(env: Env, user: Identity, id: string): Promise<Response> {
  if (!(await notesOf(env, user).remove(id))) throw new Problem("not_found");
  return new Response(null, { status: 204 });
}

/** One object per user. A subject is unique only together with its issuer. */
function notesOf(env: Env, { issuer, subject }: Identity) {
  return env.NOTES.get(env.NOTES.idFromName(JSON.stringify([issuer, subject])));
}
