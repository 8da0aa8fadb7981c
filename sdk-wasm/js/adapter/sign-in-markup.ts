// What the sign-in form shows in each state. It is the same in each framework.
import { PASSWORD_LENGTH } from "../generated/codes.js";
import { FIELD_OF, type SignInFailure, type SignInField, type SignInState } from "./sign-in-form.js";
import type { SignInTexts } from "./sign-in-texts.js";

/** As React names them. HTML does not distinguish their letter case, and other frameworks pass them on. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * Makes an element of the framework. A child that is not shown is empty, so that the others keep their places. `key` is
 * no attribute: an element with another one is another element.
 */
export type ElementFactory<Element> = (tag: string, attributes: Attributes, ...children: Child<Element>[]) => Element;
export type Child<Element> = Element | string | false | null | undefined;

/** What the form shows besides its state. */
export interface SignInSurroundings {
  readonly texts: SignInTexts;
  /** Begins the ids of the form's elements. */
  readonly id: string;
  /** Whether the user can switch between the modes. Default: `true`. */
  readonly signUp?: boolean | undefined;
  /** Attributes of the form that only the framework knows. */
  readonly more?: Attributes;
}

/** The parts of which the form consists. */
export type Parts<Element> = ReturnType<typeof partsOf<Element>>;

export function markup<Element>(
  h: ElementFactory<Element>,
  state: SignInState,
  surroundings: SignInSurroundings,
): Element {
  const parts = partsOf(h, state, surroundings);
  if (state.ways) return state.ways.markup(parts, state, surroundings);
  const { texts } = surroundings;
  const { mode, busy } = state;
  return parts.form(
    texts.submit[mode],
    parts.email(),
    parts.password(texts.password, mode),
    parts.submit(texts.submit[mode]),
    parts.status(busy && texts.busy[mode]),
    parts.switch(),
  );
}

function partsOf<Element>(
  h: ElementFactory<Element>,
  { mode, auth, busy, email, revealed, problems, failure, wait, methods, step, ways, tried }: SignInState,
  { texts, id, signUp = true, more }: SignInSurroundings,
) {
  const messageId = `${id}-message`;
  const message: SignInFailure | false | null =
    failure ?? (tried ? null : auth.lastError) ?? (auth.status === "offline" && { code: "network" });

  // With a key, so that the browser does not complete a click on one button with another's action.
  const button = (name: string, text: string, attributes?: Attributes) =>
    h("button", { type: "button", part: name, name, key: name, ...attributes }, text);

  const field = (
    name: SignInField,
    label: string,
    attributes: Attributes,
    beside?: Child<Element>,
    hint?: string | false,
  ) => {
    const [noteId, problem] = [`${id}-${name}`, problems[name]];
    const isCause = failure && FIELD_OF[failure.code] === name;
    return h(
      "div",
      // Another element in each step, because it must not keep what was typed into the one before.
      { part: `field ${name}`, key: `${step ?? ""}${name}` },
      h(
        "label",
        { part: "label" },
        `${label} `,
        h("input", {
          ...{ part: "input", name, autoCapitalize: "none", spellCheck: "false", required: true },
          "aria-invalid": `${!!problem || !!isCause}`,
          "aria-describedby": isCause ? `${messageId} ${noteId}` : noteId,
          ...attributes,
        }),
      ),
      beside,
      h(
        "p",
        { part: problem ? "problem" : "hint", id: noteId },
        // A problem with a code has the text that is its hint.
        problem ? fill((texts.problems as Record<string, string>)[problem] ?? (hint || "")) : hint && fill(hint),
      ),
    );
  };

  return {
    h,
    button,
    field,
    /** The address, with which a passkey can be chosen if `more` says so. */
    email: (more?: Attributes) =>
      field("email", texts.email, { type: "email", autoComplete: "username", defaultValue: email, ...more }),
    /** The password: an existing one to sign in, else a new one. */
    password: (label: string, kind: SignInState["mode"]) =>
      field(
        "password",
        label,
        {
          type: revealed ? "text" : "password",
          autoComplete: kind === "sign-in" ? "current-password" : "new-password",
        },
        button("reveal", texts.reveal, { "aria-pressed": `${!!revealed}` }),
        kind === "sign-up" && texts.problems.passwordRule,
      ),
    // Not `disabled`, because the button would lose the focus.
    submit: (text: string) =>
      h("button", { part: "submit", key: "submit", "aria-disabled": `${!!(busy || wait)}` }, text),
    status: (text: Child<Element>) => h("div", { part: "status", role: "status" }, text),
    switch: () => signUp && methods?.signUp !== false && button("switch", texts.switch[mode]),
    /** The form with these elements below the message. */
    form: (label: string, ...children: Child<Element>[]) =>
      h(
        "form",
        {
          ...{ part: `latchkey ${step ?? mode}`, lang: texts.lang, "aria-label": label, "aria-busy": `${!!busy}` },
          // Before scripts have run, the browser would submit the form, with the password in the page's address. This
          // method submits nothing.
          ...{ method: "dialog", noValidate: true },
          ...more,
        },
        h(
          "div",
          { part: "message", role: "alert", id: messageId, tabIndex: -1 },
          message && explain({ ...texts, errors: { ...texts.errors, ...ways?.texts.errors } }, message),
          // Screen readers read the time with the message, and not again each second.
          wait
            ? h("span", { part: "wait", "aria-live": "off" }, ` ${fill(texts.wait, { in: inWords(texts.lang, wait) })}`)
            : wait === 0 && ` ${texts.waitIsOver}`,
        ),
        ...children,
      ),
  };
}

export const fill = (text: string, values: Readonly<Record<string, string | number>> = PASSWORD_LENGTH) =>
  text.replace(/{(\w+)}/g, (_, name: string) => `${values[name]}`);

/** A failure in words. An error that is not this package's own has no code. */
export const explain = (
  { ended, errors, unknown }: Pick<SignInTexts, "ended" | "errors" | "unknown">,
  { code, reason }: SignInFailure,
): string => (code === "session_ended" ? ended[reason ?? "none"] : (errors as Record<string, string>)[code]) ?? unknown;

/** A time in the future, in whole minutes, or in seconds if it is less than one minute. */
export function inWords(lang: string, seconds: number): string {
  const format = new Intl.RelativeTimeFormat(lang);
  return seconds > 60 ? format.format(Math.ceil(seconds / 60), "minute") : format.format(seconds, "second");
}
