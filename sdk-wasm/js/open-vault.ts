import { explaining, isUnlisted, sitesDiffer, tell, watchPolicy } from "./explain.js";
import type { Snapshot, TabNote, Vault } from "./generated/vault.js";
import { loadVault } from "./load.js";
import { checkOptions } from "./options.js";
import type { WakeKind } from "./protocol.js";
import { Tabs } from "./tabs.js";
import type { Session } from "./types.js";
import type { Fail, Hearing, Opening } from "./vault-side.js";
import type { RequiredStepUp } from "./ways-in.js";

/** A running vault, where it runs: the WebAssembly, and the tabs it talks to. */
export interface OpenVault {
  readonly vault: Vault;
  wake(what: WakeKind): void;
  dispose(): void;
}

/** What the vault calls: the other side of `sdk-wasm/src/host.rs`. Nothing of it has a place for a token. */
interface Host<E> {
  fail: Fail<E>;
  isUnlisted(signal: AbortSignal): Promise<boolean>;
  notify(snapshot: Snapshot, session: Session | undefined, lastError: E | null): void;
  askStepUp(step: number, required: RequiredStepUp): void;
  broadcast(note: TabNote): void;
  askLock(lock: number): void;
  releaseLock(lock: number): void;
  remember(note: string | undefined): void;
  checkNote(): void;
}

/** The invalid field by its name in the client's functions. */
const inClientTerms = (field?: string) => field?.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

/** Loads the WebAssembly and has it look for a session. Rejects with what `fail` makes. */
export async function openVault<E>(
  { options, owed, cookieUncertain, stepsUp }: Opening,
  fail: Fail<E>,
  hearing: Hearing<E>,
  module: string | WebAssembly.Module,
): Promise<OpenVault> {
  const invalid = (detail: string) => fail({ code: "invalid_options", transient: false, detail });
  const checked = checkOptions(options, invalid);
  const loaded = await loadVault(fail, module);
  const tabs = new Tabs(checked.service, {
    hear: (note) => vault.hear(note),
    locked: (lock) => vault.locked(lock),
    unlocked: (lock) => vault.unlocked(lock),
  });
  // A worker's own origin is its page's.
  const places = { page: location.origin, service: checked.service };
  const host: Host<E> = {
    fail: explaining(places, (failure, cause) => fail({ ...failure, field: inClientTerms(failure.field) }, cause)),
    isUnlisted: (signal) => isUnlisted(checked.service, signal),
    notify: (snapshot, session, lastError) =>
      hearing.changed({ ...snapshot, session, lastError: lastError ?? undefined }),
    askStepUp: (step, required) => hearing.stepUp?.(step, required, () => vault.steppedUp(step)),
    broadcast: (note) => tabs.tell(note),
    askLock: (lock) => tabs.askLock(lock),
    releaseLock: (lock) => tabs.releaseLock(lock),
    remember: (note) => hearing.remember(note),
    checkNote: () => hearing.checkNote(() => vault.wake("noted")),
  };
  const crossOrigin = checked.service !== places.page;
  const vault = new loaded({ ...checked, crossOrigin, cookieUncertain, stepsUp }, host);
  watchPolicy();
  const apart = sitesDiffer(places);
  if (apart) tell(apart);
  tabs.open();
  vault.start(owed);
  return {
    vault,
    wake(what) {
      if (what === "frozen") return tabs.close();
      if (what === "thawed") tabs.open();
      vault.wake(what);
    },
    dispose() {
      tabs.close();
      vault.dispose();
    },
  };
}
