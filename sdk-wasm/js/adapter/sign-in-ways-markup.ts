// What the sign-in form shows if there are more ways to sign in than a password, and in each of their steps.
import type { SignInState } from "./sign-in-form.js";
import type { Child, fill as Fill, inWords as InWords, Parts, SignInSurroundings } from "./sign-in-markup.js";
import type { SignInWaysTexts } from "./sign-in-texts.js";

/** What is used of the modules that are loaded at first. */
interface Given {
  readonly fill: typeof Fill;
  readonly inWords: typeof InWords;
}

export function markupOf({ fill, inWords }: Given) {
  return markup;

  function markup<Element>(parts: Parts<Element>, state: SignInState, surroundings: SignInSurroundings): Element {
    const { texts } = surroundings;
    const { ways, step, busy, provider } = state;
    // It is this module's own state, so it is there.
    const words = ways?.texts as SignInWaysTexts;
    const status =
      busy &&
      (busy === "sign-in" || busy === "sign-up"
        ? texts.busy[busy]
        : fill(words.busy[busy], { provider: labelOf(state, provider) }));
    if (!step) return start(parts, state, surroundings, words, status || false);
    const { email = "" } = state;
    return parts.form(
      words.title[step],
      parts.h("h2", { part: "title" }, words.title[step]),
      parts.h("p", { part: "intro" }, fill(words.intro[step], { email })),
      ...fields(parts, state, words),
      step !== "link" && parts.submit(words.submit[step]),
      parts.status(status),
      ...others(parts, state, surroundings, words),
      parts.button("back", words.back),
    );
  }

  /** The start: what the service offers. The first way is submitted by the form, the others have buttons. */
  function start<Element>(
    { h, form, email, password, submit, status, button, switch: switchMode }: Parts<Element>,
    { mode, methods, busy, wait }: SignInState,
    { texts }: SignInSurroundings,
    words: SignInWaysTexts,
    busyText: string | false,
  ): Element {
    const { password: byPassword = true, passwordReset, emailCode, passkey, providers = [] } = methods ?? {};
    const disabled = { "aria-disabled": `${!!(busy || wait)}` };
    const first = byPassword ? "password" : emailCode ? "code" : "passkey";
    const more = [
      passkey && first !== "passkey" && button("passkey", words.passkey[mode], disabled),
      emailCode && first !== "code" && button("send-code", words.sendCode, disabled),
      ...providers.map(({ name, label }) =>
        button(`provider:${name}`, fill(words.provider, { provider: label }), { ...disabled, part: "provider" }),
      ),
    ];
    // Without codes and passwords an address is of use only to a new account.
    const hasAddress = first !== "passkey" || mode === "sign-up";
    const isOptional = first === "passkey" && { required: false };
    return form(
      texts.submit[mode],
      hasAddress &&
        email({ ...(passkey && mode === "sign-in" && { autoComplete: "username webauthn" }), ...isOptional }),
      byPassword && password(texts.password, mode),
      byPassword && passwordReset && mode === "sign-in" && button("forgot", words.forgot),
      (byPassword || emailCode || passkey) &&
        submit(first === "password" ? texts.submit[mode] : first === "code" ? words.sendCode : words.passkey[mode]),
      status(busyText),
      more.some(Boolean) && h("div", { part: "or" }, words.or),
      h("div", { part: "ways" }, ...more),
      switchMode(),
    );
  }

  function fields<Element>(
    { h, field, email: address, password }: Parts<Element>,
    { step, email, code }: SignInState,
    words: SignInWaysTexts,
  ): Child<Element>[] {
    const kind = step === "totp" || step === "recovery_code" ? step : "mail";
    const codeField = field(
      "code",
      words.code[kind],
      {
        ...{ type: "text", autoComplete: "one-time-code", defaultValue: code },
        ...(kind === "totp" ? { inputMode: "numeric" } : { autoCapitalize: "characters" }),
      },
      null,
      words.codeRule[kind],
    );
    switch (step) {
      case "forgot":
        return [address()];
      case "reset":
        // Password managers store the new password with this address.
        return [
          h("input", { type: "email", autoComplete: "username", defaultValue: email, readOnly: true, hidden: true }),
          codeField,
          password(words.newPassword, "sign-up"),
        ];
      case "code":
      case "totp":
      case "recovery_code":
        return [codeField];
      case "link":
        return [h("output", { part: "code" }, code)];
      default:
        return [];
    }
  }

  /** The buttons for what else the user can do in a step. */
  function others<Element>(
    { button }: Parts<Element>,
    { step, resend, busy, wait, factors = [] }: SignInState,
    { texts }: SignInSurroundings,
    words: SignInWaysTexts,
  ): Child<Element>[] {
    if (step === "code" || step === "reset") {
      const text = resend ? fill(words.resendLater, { in: inWords(texts.lang, resend) }) : words.resend;
      return [button("send-code", text, { "aria-disabled": `${!!(resend || busy || wait)}` })];
    }
    return factors
      .filter((factor) => factor !== step)
      .map((factor) => button(factor === "passkey" ? "instead-passkey" : factor, words.instead[factor]));
  }
}

const labelOf = ({ methods }: SignInState, name: string | undefined): string =>
  methods?.providers.find((each) => each.name === name)?.label ?? "";
