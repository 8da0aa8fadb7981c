import type { AuthClient } from "latchkey-auth";
import { type FakeService, type FakeSession, fakeService } from "latchkey-auth/testing";
import { FAULTS, type Fault } from "./faults.ts";

const USER = { email: "ada@example.com", password: "correct horse battery staple" };

/** A service in this page's memory, and a client of it: the real vault, with its WebAssembly. */
export interface Simulation {
  readonly service: FakeService;
  readonly auth: AuthClient;
}

export async function startSimulation(): Promise<Simulation> {
  const service = fakeService({ users: [USER], api: () => Response.json({ notes: [] }) });
  service.openSession(USER.email);
  return { service, auth: await service.createClient() };
}

export const signInAgain = ({ auth }: Simulation) => auth.signIn(USER);

const ABOUT: Readonly<Record<string, string>> = {
  offline: "No request arrives. The session stays, and the client retries, at once when the network is back.",
};

/** The same faults as those of the real network, without end. */
export const SIMULATED_FAULTS: readonly Fault[] = FAULTS.map((fault) => ({
  ...fault,
  about: ABOUT[fault.id] ?? fault.about,
}));

export function setSimulatedFault({ faults }: FakeService, id: string): void {
  faults.lostAnswers = id === "lost" ? Number.POSITIVE_INFINITY : 0;
  faults.unavailable = id === "unavailable";
  faults.portal = id === "portal";
  faults.delayMs = id === "slow" ? 1000 : 0;
  // The last one, because its end has the client try again at once.
  faults.offline = id === "offline";
}

/** A line for the run: the newest family. */
export function familyLine([family]: readonly FakeSession[]): string {
  if (!family) return "service: no family";
  return `service: generation ${family.generation}, ${family.endReason ? `ended as ${family.endReason}` : "open"}`;
}
