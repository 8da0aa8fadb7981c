import { useId, useState } from "react";
import { Brand } from "../ui/Brand.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Mail } from "./Mail.tsx";
import { matching } from "./messages.ts";
import { useMessages } from "./useMessages.ts";

/** Every mail that the demo has sent. */
export function Mailbox() {
  const { messages, failed } = useMessages();
  const [typed, setTyped] = useState("");
  const id = useId();
  const shown = matching(messages ?? [], typed);
  return (
    <>
      <header className="top-bar">
        <div className="top-bar-inner mailbox-width">
          <Brand />
          <nav className="mailbox-nav">
            <a href="/">Demo</a>
            <a href="/docs/mail">Documentation</a>
          </nav>
        </div>
      </header>
      <main className="mailbox mailbox-width">
        <div className="mailbox-head">
          <h1>Mailbox</h1>
          <p className="empty">
            The demo sends its mails here, whatever address they are for, by the way that a deployment uses for a Worker
            of its own. Nothing leaves this machine.
          </p>
        </div>
        <div className="field">
          <label className="field-label" htmlFor={id}>
            Find by recipient or subject
          </label>
          <input
            id={id}
            className="input"
            type="search"
            autoComplete="off"
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        </div>
        {failed && <Notice tone="error">The demo does not answer. The page tries again every two seconds.</Notice>}
        <p className="count" role="status">
          {messages === undefined ? "" : `${shown.length} ${shown.length === 1 ? "mail" : "mails"}`}
        </p>
        {messages?.length === 0 && (
          <p className="card empty">No mails yet. Ask the demo for a code, and it appears here within two seconds.</p>
        )}
        {messages !== undefined && messages.length > 0 && shown.length === 0 && (
          <p className="card empty">No mail has this recipient or subject.</p>
        )}
        <ul className="mails">
          {shown.map((message) => (
            <Mail key={`${message.at} ${message.to} ${message.kind} ${message.code}`} message={message} />
          ))}
        </ul>
      </main>
    </>
  );
}
