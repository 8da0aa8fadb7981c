import {
  type DefineComponent,
  defineComponent,
  h,
  onMounted,
  onUnmounted,
  type PropType,
  shallowRef,
  useId,
  type VNode,
  watch,
} from "vue";
import { runSignInForm } from "../adapter/run-sign-in-form.js";
import type { SignInMode } from "../adapter/sign-in-form.js";
import { type ElementFactory, markup } from "../adapter/sign-in-markup.js";
import type { SignInTexts } from "../adapter/sign-in-texts.js";
import type { Session } from "../types.js";
import { useProvided } from "./auth.js";

/** What {@link SignIn} takes. */
export interface SignInProps {
  /** The language: `import { en } from "latchkey-auth/texts/en"`. */
  texts: SignInTexts;
  /** What the form is for at first. To change it, give the form another `key`. Default: `"sign-in"`. */
  mode?: SignInMode | undefined;
  /** Whether the user can switch between signing in and up. Default: `true`. */
  signUp?: boolean | undefined;
  /** `@signed-in`: once for each session, after the form has been used, and if there is a session already. */
  onSignedIn?: ((session: Session) => void) | undefined;
}

/**
 * A form to sign in and up, in an app that uses `createAuth`. It has no style, and renders nothing while there is a
 * session. `docs/sign-in-form.md` lists its parts.
 */
export const SignIn: DefineComponent<SignInProps> = /* @__PURE__ */ defineComponent({
  name: "SignIn",
  props: {
    texts: Object as PropType<SignInTexts>,
    mode: String as PropType<SignInMode>,
    signUp: { type: Boolean, default: true },
  },
  emits: ["signedIn"],
  setup(props, { emit }) {
    const form = runSignInForm(useProvided().connection, props.mode, (session) => emit("signedIn", session));
    const state = shallowRef(form.initial);
    const id = useId();
    let stop: (() => void) | undefined;
    watch(() => props.texts as SignInTexts, form.speak, { immediate: true });
    onMounted(() => {
      stop = form.subscribe(() => {
        state.value = form.read();
      });
    });
    onUnmounted(() => stop?.());
    return () => {
      const { texts, signUp } = props as SignInProps;
      return state.value.auth.session ? null : markup(element, state.value, { texts, id, signUp, more: form.on });
    };
  },
}) as unknown as DefineComponent<SignInProps>;

const element: ElementFactory<VNode> = (tag, attributes, ...children) => h(tag, attributes, children);
