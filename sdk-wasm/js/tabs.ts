/** What tabs tell each other. Never a token, never a secret: it is a hint, and the vault asks the service. */
type Kind = "signed-in" | "signed-out";

/** Messages of another version are ignored. */
const VERSION = 1;

/** The tabs of one service on this origin. */
export class Tabs {
  readonly #name: string;
  readonly #hear: (kind: Kind, session: string | undefined) => void;
  #channel: BroadcastChannel | undefined;

  constructor(service: string, hear: (kind: Kind, session: string | undefined) => void) {
    this.#name = `latchkey:${service}`;
    this.#hear = hear;
  }

  /** Where there are no channels, each tab finds out at its next refresh. */
  open(): void {
    if (this.#channel || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const message = parse(data);
      if (message) this.#hear(message.kind, message.session);
    };
  }

  /** An open channel can keep a page out of the back/forward cache. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  tell(kind: Kind, session: string | undefined): void {
    this.#channel?.postMessage({ version: VERSION, kind, session });
  }
}

function parse(data: unknown): { kind: Kind; session: string | undefined } | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { version, kind, session } = data as Record<string, unknown>;
  if (version !== VERSION || (kind !== "signed-in" && kind !== "signed-out")) return undefined;
  if (session !== undefined && (typeof session !== "string" || session.length > 256)) return undefined;
  return { kind, session };
}
