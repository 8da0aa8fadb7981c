// The real Worker, the demo's API and their Durable Objects on this machine, one stack per configuration.
export interface Stack {
  readonly origin: string;
  readonly port: number;
  /** The directory of the state. */
  readonly persist: string;
  logs(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export interface StackOptions {
  port?: number;
  /**
   * Merged into the LATCHKEY table of demo-app/wrangler.toml; arrays and plain values replace. `limits`
   * and `passwords` are practically off unless they are set here.
   */
  config?: Record<string, unknown>;
  /** Worker secrets, by the names of their bindings. */
  secrets?: Record<string, string>;
  /** Whether the demo's lab is on, as with `npm start`. */
  lab?: boolean;
  /** The directory of the state. Without it a new one is created, and removed at the end. */
  persist?: string;
  /**
   * What to wait for: a healthy `/healthz` (the default), or any response, for a Worker that rejects its
   * configuration.
   */
  until?: "healthy" | "answers";
}

/**
 * A test file signs up and fails to sign in more often than a user would, all from one address. The default
 * limits, and the effects of limits, are tested on stacks that configure them.
 */
export const UNLIMITED = {
  limits: {
    ...{ free_failures: 1_000_000, account_failures: 1_000_000, address_failures: 1_000_000 },
    ...{ attempts: 1_000_000, sign_ups: 1_000_000, refreshes: 1_000_000 },
    ...{ mails: 1_000_000, address_mails: 1_000_000 },
  },
  passwords: { queue: 1000, queue_per_address: 1000, failure_ms: 0 },
};

const tool = new URL("../../tools/stack.mjs", import.meta.url).href;

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { startStack: start } = (await import(tool)) as { startStack(options: StackOptions): Promise<Stack> };
  return start({ ...options, config: { ...UNLIMITED, ...options.config } });
}
