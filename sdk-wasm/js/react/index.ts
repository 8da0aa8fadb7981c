// For servers that render React components of their own: those that use this are the browser's.
"use client";

/**
 * Latchkey for React 18 and newer.
 *
 * ```tsx
 * <AuthProvider client={() => createClient({ service: "https://app.example.com" })}>
 *   <App />
 * </AuthProvider>
 * ```
 *
 * Importing it, and rendering with it on a server, loads no vault and sends no request.
 */
export type { SignInMode } from "../adapter/sign-in-form.js";
export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";
export type { InitialSession } from "../types.js";
export {
  type Auth,
  AuthProvider,
  type AuthProviderProps,
  type AuthSnapshot,
  type ClientSource,
  useAuth,
  useSession,
} from "./auth.js";
export { SignIn, type SignInProps } from "./sign-in.js";
