/**
 * Latchkey for Vue 3.5 and newer.
 *
 * ```ts
 * createApp(App).use(createAuth(() => createClient({ service: "https://app.example.com" }))).mount("#app");
 * ```
 *
 * Importing it, and rendering with it on a server, loads no vault and sends no request.
 */
export type { SignInMode } from "../adapter/sign-in-form.js";
export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";
export type { InitialSession } from "../types.js";
export {
  type AdapterOptions,
  type Auth,
  type AuthSnapshot,
  type ClientSource,
  createAuth,
  useAuth,
  useSession,
} from "./auth.js";
export { SignIn, type SignInProps } from "./sign-in.js";
