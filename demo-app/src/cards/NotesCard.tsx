import { useRef } from "react";
import type { Call } from "../api/call.ts";
import { messageOf } from "../auth/messages.ts";
import { type Note, useNotes } from "../hooks/useNotes.ts";
import { useNow } from "../hooks/useNow.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Notice } from "../ui/Notice.tsx";
import { NewNote } from "./NewNote.tsx";
import { NoteRow } from "./NoteRow.tsx";

/** Notes behind the gate: every line of this card is a call with the token on it. */
export function NotesCard({ call, online }: { call: Call; online: boolean }) {
  const { notes, error, load, add, remove } = useNotes(call, online);
  const list = useRef<HTMLDivElement>(null);

  async function onRemove(id: string) {
    const worked = await remove(id);
    // The button that had the focus is gone with its row.
    if (worked) list.current?.focus();
    return worked;
  }

  return (
    <Card title="Your notes" aside={notes && notes.length > 0 && <span className="count">{notes.length}</span>}>
      <NewNote add={add} />
      {error !== null && <Notice tone="error">{messageOf(error)}</Notice>}
      <div ref={list} tabIndex={-1} data-testid="notes-list">
        {notes ? (
          <NoteList notes={notes} remove={onRemove} />
        ) : (
          <Waiting failed={error !== null} online={online} load={load} />
        )}
      </div>
      <p className="account-note">
        The API also renders them as <a href="/notes">a page without script</a>, for the session’s cookie.
      </p>
    </Card>
  );
}

function NoteList({ notes, remove }: { notes: readonly Note[]; remove: (id: string) => Promise<boolean> }) {
  const now = useNow(30_000);
  if (notes.length === 0) return <p className="empty">No notes yet. Only you can read what you write here.</p>;
  return (
    <ul className="notes">
      {notes.map((note) => (
        <NoteRow key={note.id} note={note} now={now} remove={remove} />
      ))}
    </ul>
  );
}

function Waiting({ failed, online, load }: { failed: boolean; online: boolean; load: () => Promise<void> }) {
  if (failed) return <Button onClick={() => void load()}>Load notes</Button>;
  return (
    <p className="empty">{online ? "Loading your notes…" : "Your notes will be shown when the service is back."}</p>
  );
}
