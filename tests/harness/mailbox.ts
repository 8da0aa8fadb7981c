// The mails that the demo has sent, from its mailbox.
import { until } from "./until.ts";

export interface Mail {
  readonly kind: string;
  readonly code?: string;
  readonly link?: string;
}

/** The newest mail of a kind to an address, once there is one. */
export async function newestMail(origin: string, to: string, kind: string): Promise<Mail> {
  return until(`the mail ${kind} to ${to} arrives`, async () => {
    const answer = await fetch(`${origin}/mailbox/messages?to=${encodeURIComponent(to)}`);
    const { messages } = (await answer.json()) as { messages: Mail[] };
    return messages.find((each) => each.kind === kind);
  });
}
