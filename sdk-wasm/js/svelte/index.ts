/**
 * Latchkey for Svelte 5.7 and newer.
 *
 * ```ts
 * export const auth = createAuth(() => createClient({ service: "https://app.example.com" }));
 * ```
 *
 * Importing it, and rendering with it on a server, loads no vault and sends no request.
 */
import type { Component } from "svelte";
import type { SignInMode } from "../adapter/sign-in-form.js";
import type { SignInTexts } from "../adapter/sign-in-texts.js";
import type { Session } from "../types.js";
import type { AuthStore } from "./auth.js";
import Form from "./SignIn.svelte";

export type { SignInMode } from "../adapter/sign-in-form.js";
export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";
export type { InitialSession } from "../types.js";
export {
  type AdapterOptions,
  type Auth,
  type AuthSnapshot,
  type AuthStore,
  type ClientSource,
  createAuth,
} from "./auth.js";

/** What {@link SignIn} takes. */
export interface SignInProps {
  /** What `createAuth` gave. */
  auth: AuthStore;
  /** The language: `import { en } from "latchkey-auth/texts/en"`. */
  texts: SignInTexts;
  /** What the form is for at first. To change it, put the form into a `{#key}`. Default: `"sign-in"`. */
  mode?: SignInMode | undefined;
  /** Whether the user can switch between signing in and up. Default: `true`. */
  signUp?: boolean | undefined;
  /** Called once for each session: after the form has been used, and if there is a session already. */
  onSignedIn?: ((session: Session) => void) | undefined;
}

/**
 * A form to sign in and up. It has no style, and renders nothing while there is a session. `docs/sign-in-form.md` lists
 * its parts. It is a Svelte file, so it is there only for bundlers that compile Svelte.
 */
export const SignIn: Component<SignInProps> = Form;
