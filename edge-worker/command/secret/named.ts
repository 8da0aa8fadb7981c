// Which Worker secrets a configuration names. Pure. The Worker's own reader checks that they exist and are long enough.
import { type Table, tableOf } from "../wrangler-config.ts";

export interface NamedSecret {
  /** The name of the secret in the Worker. */
  readonly binding: string;
  /** The key of LATCHKEY that names it. */
  readonly key: string;
  readonly purpose: Purpose;
}

/**
 * - `sealing`: encrypts the Worker's private keys. Only the Worker needs it.
 * - `proof`: sent to a server that is reached by URL, which recognises the gate by it. That server needs it too.
 * - `hook`: signs the messages to the deployer's hook, which verifies them. The hook needs it too.
 * - `issuer`: signs the tokens of another issuer (HS256), which has it already.
 * - `provider`: what a provider has given the service: a client secret, Apple's private key, the key of a mail API.
 */
export type Purpose = "sealing" | "proof" | "hook" | "issuer" | "provider";

/** @param latchkey The table. What is not as expected is left out, because `check` reports it. */
export function namedSecrets(latchkey: Table): NamedSecret[] {
  const sealing = tableOf(latchkey.keys)?.secret_bindings;
  const found: NamedSecret[] = [];
  const add = (key: string, binding: unknown, purpose: Purpose) => {
    if (typeof binding === "string" && binding !== "" && !found.some((each) => each.binding === binding))
      found.push({ binding, key, purpose });
  };
  if (Array.isArray(sealing))
    for (const [at, name] of sealing.entries()) add(`keys.secret_bindings[${at}]`, name, "sealing");
  for (const [name, upstream] of Object.entries(tableOf(latchkey.upstreams) ?? {}))
    add(`upstreams.${name}.secret_binding`, tableOf(upstream)?.secret_binding, "proof");
  const external = tableOf(tableOf(latchkey.sign_in)?.elsewhere);
  add("sign_in.elsewhere.secret_binding", external?.secret_binding, "proof");
  for (const [name, issuer] of Object.entries(tableOf(latchkey.issuers) ?? {}))
    add(`issuers.${name}.secret_binding`, tableOf(issuer)?.secret_binding, "issuer");
  for (const [name, provider] of Object.entries(tableOf(latchkey.providers) ?? {}))
    add(`providers.${name}.client_secret_binding`, tableOf(provider)?.client_secret_binding, "provider");
  add("hooks.secret_binding", tableOf(latchkey.hooks)?.secret_binding, "hook");
  add("mail.secret_binding", tableOf(latchkey.mail)?.secret_binding, "provider");
  return found;
}

/** What it means if the secret is lost or replaced. */
export const CONSEQUENCE: Readonly<Record<Purpose, string>> = {
  sealing:
    "without it the Worker cannot decrypt its private keys and answers every request that needs one with 503. If the secret is lost, all keys and all sessions are lost with it",
  proof: "the server that is reached by URL rejects the gate's requests until it has the same secret",
  hook: "the hook rejects the service's messages until it has the same secret: users cannot sign up, and events wait for up to seven days",
  issuer: "the gate rejects the tokens of this issuer until both have the same secret",
  provider: "the provider rejects the service's requests until the Worker has the secret that it has given you",
};
