import { useId, useState } from "react";
import { moment, since } from "../format/time.ts";
import type { Note } from "../hooks/useNotes.ts";
import { Button } from "../ui/Button.tsx";

interface NoteRowProps {
  note: Note;
  now: number;
  remove: (id: string) => Promise<boolean>;
}

export function NoteRow({ note, now, remove }: NoteRowProps) {
  const [pending, setPending] = useState(false);
  const textId = useId();
  const created = note.created_at * 1000;

  async function onDelete() {
    setPending(true);
    if (!(await remove(note.id))) setPending(false);
  }

  return (
    <li className="note">
      <div className="note-body">
        <p id={textId} className="note-text">
          {note.text}
        </p>
        <time className="note-time" dateTime={new Date(created).toISOString()} title={moment(created)}>
          {since(created, now)}
        </time>
      </div>
      <Button look="quiet" pending={pending} aria-describedby={textId} onClick={() => void onDelete()}>
        Delete
      </Button>
    </li>
  );
}
