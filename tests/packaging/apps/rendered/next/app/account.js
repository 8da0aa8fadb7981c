"use client";

import { useAuth } from "latchkey-auth/react";
import { useState } from "react";

export function Account() {
  const { status, session, fetch, signOut } = useAuth();
  const [answer, setAnswer] = useState("");
  if (status === "loading") return <p>One moment…</p>;
  if (!session) return <p>Signed out</p>;
  const call = async () => setAnswer(await (await fetch("/api/me")).text());
  return (
    <>
      <p>Signed in as {session.user.email}</p>
      <button type="button" onClick={call}>
        Call
      </button>
      <button type="button" onClick={() => signOut()}>
        Sign out
      </button>
      <output>{answer}</output>
    </>
  );
}
