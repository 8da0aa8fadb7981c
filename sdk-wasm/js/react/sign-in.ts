// For servers that render React components of their own: those that use this are the browser's.
"use client";

import { createElement, type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import { runSignInForm } from "../adapter/run-sign-in-form.js";
import type { SignInMode } from "../adapter/sign-in-form.js";
import { type ElementFactory, markup } from "../adapter/sign-in-markup.js";
import type { SignInTexts } from "../adapter/sign-in-texts.js";
import type { Session } from "../types.js";
import { useConnection } from "./auth.js";

/** What {@link SignIn} takes. */
export interface SignInProps {
  /** The language: `import { en } from "latchkey-auth/texts/en"`. */
  texts: SignInTexts;
  /** What the form is for at first. To change it, give the form another `key`. Default: `"sign-in"`. */
  mode?: SignInMode | undefined;
  /** Whether the user can switch between signing in and up. Default: `true`. */
  signUp?: boolean | undefined;
  /** Called once for each session: after the form has been used, and if there is a session already. */
  onSignedIn?: ((session: Session) => void) | undefined;
}

/**
 * A form to sign in and up, below an {@link AuthProvider}. It has no style, and renders nothing while there is a
 * session. `docs/sign-in-form.md` lists its parts.
 */
export function SignIn({ texts, mode, signUp, onSignedIn }: SignInProps): ReactNode {
  const connection = useConnection();
  const signedIn = useRef(onSignedIn);
  useEffect(() => {
    signedIn.current = onSignedIn;
  });
  const [form] = useState(() => runSignInForm(connection, mode, (session) => signedIn.current?.(session)));
  useEffect(() => form.speak(texts), [form, texts]);
  const state = useSyncExternalStore(form.subscribe, form.read, () => form.initial);
  const id = useId();
  if (state.auth.session) return null;
  return markup(createElement as ElementFactory<ReactNode>, state, { texts, id, signUp, more: form.on });
}
