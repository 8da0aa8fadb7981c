/** A mail of `GET /mailbox/messages`. */
export interface Message {
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly code?: string;
  readonly link?: string;
  /** Seconds since the Unix epoch. */
  readonly at: number;
}

/** All mails, the newest first. @throws {Error} if the demo does not answer. */
export async function loadMessages(signal: AbortSignal): Promise<Message[]> {
  const response = await fetch("/mailbox/messages", { signal, cache: "no-store" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return ((await response.json()) as { messages: Message[] }).messages;
}

/** The mails whose recipient or subject contains what was typed. */
export function matching(messages: readonly Message[], typed: string): Message[] {
  const wanted = typed.trim().toLowerCase();
  return messages.filter(({ to, subject }) => `${to}\n${subject}`.toLowerCase().includes(wanted));
}
