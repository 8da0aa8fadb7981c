// What the sign-in form shows in each state. It is the same in each framework.
import { PASSWORD_LENGTH } from "../generated/codes.js";
import { FIELD_OF, type SignInFailure, type SignInField, type SignInState } from "./sign-in-form.js";
import type { SignInTexts } from "./sign-in-texts.js";

/** As React names them. HTML does not distinguish their letter case, and other frameworks pass them on. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Makes an element of the framework. A child that is not shown is empty, so that the others keep their places. */
export type ElementFactory<Element> = (tag: string, attributes: Attributes, ...children: Child<Element>[]) => Element;
type Child<Element> = Element | string | false | null | undefined;

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

export function markup<Element>(
  h: ElementFactory<Element>,
  { mode, auth, busy, revealed, problems, failure, wait }: SignInState,
  { texts, id, signUp = true, more }: SignInSurroundings,
): Element {
  const messageId = `${id}-message`;
  const message: SignInFailure | false | null =
    failure ?? auth.lastError ?? (auth.status === "offline" && { code: "network" });

  const button = (name: string, text: string, attributes?: Attributes) =>
    h("button", { type: "button", part: name, name, ...attributes }, text);

  const field = (name: SignInField, attributes: Attributes, beside?: Child<Element>, hint?: string | false) => {
    const [noteId, problem] = [`${id}-${name}`, problems[name]];
    const isCause = failure && FIELD_OF[failure.code] === name;
    return h(
      "div",
      { part: `field ${name}` },
      h(
        "label",
        { part: "label" },
        `${texts[name]} `,
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
        problem ? fill(texts.problems[problem]) : hint && fill(hint),
      ),
    );
  };

  return h(
    "form",
    {
      ...{ part: `latchkey ${mode}`, lang: texts.lang, "aria-label": texts.submit[mode], "aria-busy": `${!!busy}` },
      // Before scripts have run, the browser would submit the form, with the password in the page's address. This
      // method submits nothing.
      ...{ method: "dialog", noValidate: true },
      ...more,
    },
    h(
      "div",
      { part: "message", role: "alert", id: messageId, tabIndex: -1 },
      message && explain(texts, message),
      // Screen readers read the time with the message, and not again each second.
      wait
        ? h("span", { part: "wait", "aria-live": "off" }, ` ${fill(texts.wait, { in: inWords(texts.lang, wait) })}`)
        : wait === 0 && ` ${texts.waitIsOver}`,
    ),
    field("email", { type: "email", autoComplete: "username" }),
    field(
      "password",
      {
        type: revealed ? "text" : "password",
        autoComplete: mode === "sign-in" ? "current-password" : "new-password",
      },
      button("reveal", texts.reveal, { "aria-pressed": `${!!revealed}` }),
      mode === "sign-up" && texts.problems.passwordRule,
    ),
    // Not `disabled`, because the button would lose the focus.
    h("button", { part: "submit", "aria-disabled": `${!!(busy || wait)}` }, texts.submit[mode]),
    h("div", { part: "status", role: "status" }, busy && texts.busy[mode]),
    signUp && button("switch", texts.switch[mode]),
  );
}

const fill = (text: string, values: Readonly<Record<string, string | number>> = PASSWORD_LENGTH) =>
  text.replace(/{(\w+)}/g, (_, name: string) => `${values[name]}`);

/** A failure in words. An error that is not this package's own has no code. */
export const explain = ({ ended, errors, unknown }: SignInTexts, { code, reason }: SignInFailure): string =>
  (code === "session_ended" ? ended[reason ?? "none"] : (errors as Record<string, string>)[code]) ?? unknown;

/** A time in the future, in whole minutes, or in seconds if it is less than one minute. */
function inWords(lang: string, seconds: number): string {
  const format = new Intl.RelativeTimeFormat(lang);
  return seconds > 60 ? format.format(Math.ceil(seconds / 60), "minute") : format.format(seconds, "second");
}
