import { useAuth } from "latchkey-auth/react";
import { useState } from "react";
import { explain, whoAmI } from "./api";

export function Account({ email }: { email: string }) {
  const auth = useAuth();
  const [answer, setAnswer] = useState("");
  const [problem, setProblem] = useState("");

  async function call() {
    setProblem("");
    setAnswer("One moment…");
    try {
      setAnswer(await whoAmI(auth));
    } catch (error) {
      setAnswer("");
      setProblem(explain(error));
    }
  }

  return (
    <>
      <p>
        Signed in as <strong>{email}</strong>
      </p>
      <button type="button" onClick={call}>
        Call the API
      </button>
      <output>{answer}</output>
      <p role="alert">{problem}</p>
      <button type="button" className="quiet" onClick={() => auth.signOut()}>
        Sign out
      </button>
    </>
  );
}
