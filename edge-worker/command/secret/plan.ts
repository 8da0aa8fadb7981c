// Decides which secrets are created. Pure.
import { Mistake } from "../mistake.ts";
import { CONSEQUENCE, type NamedSecret } from "./named.ts";

export interface Wanted {
  /** The secrets that the configuration names. */
  readonly named: readonly NamedSecret[];
  /** The one that the developer names. */
  readonly name: string | undefined;
  /** The names of the secrets that exist. */
  readonly existing: readonly string[];
  /** Whether they are for this machine. */
  readonly local: boolean;
  /** Whether the developer receives a copy. On this machine, .dev.vars is one. */
  readonly copied: boolean;
  readonly ifMissing: boolean;
}

export interface Plan {
  readonly create: readonly NamedSecret[];
  /** What the developer should know beside it. */
  readonly notes: readonly string[];
}

/** @throws {Mistake} if a secret exists already, is named by no key, or has no copy for the other server that needs it. */
export function plan({ named, name, existing, local, copied, ifMissing }: Wanted): Plan {
  const exists = ({ binding }: NamedSecret) => existing.includes(binding);
  const given = named.find(({ binding, purpose }) => binding === name && purpose === "provider");
  if (given) throw new Mistake(givenNote(given, local), 2);
  // The issuer has created its secret, so only one on this machine is made up, unless the developer asks for it.
  const wanted = named.filter(({ binding, purpose }) =>
    name === undefined ? purpose !== "provider" && (local || purpose !== "issuer") : binding === name,
  );
  if (name !== undefined && wanted.length === 0) throw new Mistake(unnamed(name, named), 2);
  if (!local && name === undefined && !named.some(({ purpose }) => purpose === "sealing"))
    throw new Mistake(
      'LATCHKEY.keys.secret_bindings: found none, expected the name of a Worker secret, because the Worker stores its private keys unencrypted without one. Add secret_bindings = ["LATCHKEY_KEYRING_SECRET"] to LATCHKEY.keys',
    );
  const create = wanted.filter((each) => !exists(each));
  if (create.length === 0 && !ifMissing) throw new Mistake(nothingToDo(wanted));
  const [proof] = create.filter(({ purpose }) => purpose !== "sealing");
  if (proof && !copied)
    throw new Mistake(
      `${proof.key}: ${proof.binding} is shared with another server, and a Worker's secret cannot be read later. Add --out FILE, which writes a copy (mode 600)`,
      2,
    );
  const left = named.filter((each) => !wanted.includes(each) && !exists(each));
  const note = (each: NamedSecret) =>
    each.purpose === "provider" ? givenNote(each, local) : issuerNote(each.key, each.binding);
  const notes = name === undefined ? left.map(note) : [];
  return { create, notes };
}

const unnamed = (name: string, named: readonly NamedSecret[]) =>
  `found ${name}, expected ${
    named.length === 0
      ? "a secret that LATCHKEY names, but it names none"
      : `one of the secrets that LATCHKEY names: ${named.map(({ binding, key }) => `${binding} (${key})`).join(", ")}`
  }`;

function nothingToDo(wanted: readonly NamedSecret[]): string {
  if (wanted.length === 0) return "LATCHKEY names no secret, so there is nothing to create";
  const lines = wanted.map(({ binding, key, purpose }) => `  ${binding} (${key}): ${CONSEQUENCE[purpose]}`);
  return `\
Nothing was changed, because these secrets exist, and this command replaces none:
${lines.join("\n")}
To replace a sealing secret without losing sessions, name a second one in keys.secret_bindings (OPERATIONS.md, Keys).`;
}

const givenNote = ({ key, binding }: NamedSecret, local: boolean) =>
  `${key}: ${binding} is not created, because the provider gives it to you. ${
    local ? `Add it to .dev.vars: ${binding}="…"` : `Store it with: npx wrangler secret put ${binding}`
  }`;

const issuerNote = (key: string, binding: string) =>
  `${key}: ${binding} is not created, because the issuer has the secret. Store it with: npx wrangler secret put ${binding}`;
