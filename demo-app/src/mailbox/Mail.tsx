import { CopyButton } from "../ui/CopyButton.tsx";
import type { Message } from "./messages.ts";

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** One mail. Its code and its link stand out, because they are what a reader looks for. */
export function Mail({ message: { to, kind, subject, text, code, link, at } }: { message: Message }) {
  const time = new Date(at * 1000);
  return (
    <li className="card mail" data-testid="mail">
      <header className="mail-head">
        <h2 className="card-title">{subject}</h2>
        <p className="mail-facts">
          <span className="tag tag-good">{kind}</span>
          <span className="mail-to">{to}</span>
          <time dateTime={time.toISOString()}>{TIME.format(time)}</time>
        </p>
      </header>
      {code !== undefined && <Code code={code} link={link} />}
      <p className="mail-text">{text.trim()}</p>
    </li>
  );
}

function Code({ code, link }: { code: string; link: string | undefined }) {
  return (
    <div className="mail-code">
      <code data-testid="mail-code">{code}</code>
      <div className="button-row">
        <CopyButton look="quiet" text={code}>
          Copy code
        </CopyButton>
        {link !== undefined && (
          <a className="button button-quiet" href={link}>
            Open link
          </a>
        )}
      </div>
    </div>
  );
}
