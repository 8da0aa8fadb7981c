import type { AuthClient } from "latchkey-auth";
import type { Transport } from "../measure/lab-service.ts";

/** One request of an attack, and what came of it. */
export interface Exchange {
  readonly request: string;
  /** 0: there was no request, or no answer. */
  readonly status: number;
  readonly answer: string;
}

export interface Result {
  readonly exchanges: readonly Exchange[];
  /** Whether the attacker got what the attack is for. */
  readonly succeeded: boolean;
  /** What has happened, in a sentence or two. */
  readonly verdict: string;
  /** How the same attack ended against another design, if it was tried. */
  readonly beside?: Pick<Result, "succeeded" | "verdict">;
}

/** What an attack can use. */
export interface Means {
  readonly transport: Transport;
  readonly send: AuthClient["fetch"];
  /** The visitor's id. */
  readonly visitor: string;
  /** An empty element of the attack's card, for what the attack shows. */
  readonly place: HTMLElement;
  /** Waits, and tells the user for how long. Rejects if the user leaves. */
  readonly wait: (seconds: number, why: string) => Promise<void>;
}

export interface Attack {
  readonly id: string;
  readonly title: string;
  /** The attack in two sentences. */
  readonly about: string;
  /** Set if something in it is not as an attacker would do it. */
  readonly simulated?: string;
  readonly run: (means: Means) => Promise<Result>;
}
