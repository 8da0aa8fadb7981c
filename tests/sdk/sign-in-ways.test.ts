// The ways of `<SignIn>` besides the password: their states and what each of them shows, without a framework, with
// literal values; and their texts in each language.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SignInWaysTexts } from "latchkey-auth/react";
import { de } from "latchkey-auth/texts/de";
import { en as english } from "latchkey-auth/texts/en";
import { es } from "latchkey-auth/texts/es";
import { fr } from "latchkey-auth/texts/fr";
import { ja } from "latchkey-auth/texts/ja";
import {
  nextState,
  problemsOf,
  type SignInEvent,
  type SignInFailure,
  type SignInState,
} from "../../sdk-wasm/dist/adapter/sign-in-form.js";
import { type Attributes, fill, inWords, markup } from "../../sdk-wasm/dist/adapter/sign-in-markup.js";
import { reducer } from "../../sdk-wasm/dist/adapter/sign-in-ways.js";
import { markupOf } from "../../sdk-wasm/dist/adapter/sign-in-ways-markup.js";

const en = await english.ways();
const ways: NonNullable<SignInState["ways"]> = {
  ...{ texts: en, next: reducer({ nextState, problemsOf }), markup: markupOf({ fill, inWords }) },
  ...{ perform: async () => {}, leave: () => false, changed: () => {} },
};
const METHODS = {
  password: true,
  passwordReset: true,
  emailCode: true,
  passkey: true,
  providers: [{ name: "google", label: "Google" }],
  signUp: true,
};
const SIGNED_OUT = { status: "signed-out", session: null, lastError: null } as const;
const INITIAL: SignInState = { mode: "sign-in", auth: SIGNED_OUT, problems: {}, methods: METHODS, ways };
const ADA = "ada@example.com";

const run = (state: SignInState, ...events: SignInEvent[]) => events.reduce(ways.next, state);
const after = (...events: SignInEvent[]) => run(INITIAL, ...events);
const press = (name: string, email = ADA): SignInEvent => ({ type: "press", name, values: { email } });
const submit = (values: { email?: string; password?: string; code?: string } = {}): SignInEvent => ({
  type: "submit",
  values,
});
const failed = (code: SignInFailure["code"], field?: string): SignInEvent => ({
  type: "failed",
  failure: { code, field },
});
const sent: SignInEvent = { type: "sent" };
const factors = (...methods: ("totp" | "recovery_code" | "passkey")[]): SignInEvent => ({
  type: "second-factor",
  methods,
});

describe("a code by mail", () => {
  const asked = after(press("send-code"), sent);

  test("is sent to the address that was typed, and then asked for", () => {
    assert.deepEqual([after(press("send-code", ` ${ADA} `)).busy, after(press("send-code")).email], ["send-code", ADA]);
    assert.deepEqual([asked.step, asked.email, asked.busy, asked.focus], ["code", ADA, undefined, { on: "code" }]);
  });

  test("needs an address", () => {
    const state = after(press("send-code", "ada"));
    assert.deepEqual([state.busy, state.problems, state.focus], [undefined, { email: "email" }, { on: "email" }]);
  });

  for (const code of ["BCDFGHJK", "bcdf-ghjk", " bcdf ghjk "]) {
    test(`"${code}" is sent to the service`, () => assert.equal(run(asked, submit({ code })).busy, "verify-code"));
  }
  for (const code of ["", "BCDFGHJ", "BCDFGHJKL", "1CDFGHJK"]) {
    test(`"${code}" is not, because it cannot be a code`, () => {
      const state = run(asked, submit({ code }));
      assert.deepEqual([state.busy, state.problems, state.focus], [undefined, { code: "code" }, { on: "code" }]);
      assert.deepEqual([state.step, state.email], ["code", ADA]);
    });
  }

  test("after a wrong one the user goes on in the field, with the same address and the same wait for another", () => {
    const wrong = run(asked, { type: "resend", seconds: 20 }, submit({ code: "BCDFGHJK" }), failed("code_invalid"));
    assert.deepEqual([wrong.step, wrong.email, wrong.resend, wrong.focus], ["code", ADA, 20, { on: "code" }]);
    assert.equal(run(wrong, submit({ code: "BCDFGHJK" })).failure, undefined);
  });

  test("another one can be requested after a while, for the same address", () => {
    const waiting = run(asked, { type: "resend", seconds: 1 });
    assert.equal(run(waiting, press("send-code", "")), waiting);
    const again = run(waiting, { type: "resend", seconds: 0 }, press("send-code", ""));
    assert.deepEqual([again.busy, again.email, run(again, sent).step], ["send-code", ADA, "code"]);
  });

  test("a mail that cannot be sent: the user stays, and reads why", () => {
    const state = after(press("send-code"), failed("mail_unavailable"));
    assert.deepEqual(
      [state.step, state.failure?.code, state.focus],
      [undefined, "mail_unavailable", { on: "message" }],
    );
  });

  test("on the way back, the address is kept", () => {
    const back = run(asked, press("back", ""));
    assert.deepEqual([back.step, back.email, back.focus], [undefined, ADA, { on: "email" }]);
  });

  test("no state contains a code that was typed", () => {
    assert.doesNotMatch(JSON.stringify([run(asked, submit({ code: "ZZZZZZZZ" }))]), /ZZZZ/);
  });
});

describe("a forgotten password", () => {
  const forgot = after(press("forgot"));
  const reset = run(forgot, submit({ email: ADA }), sent);

  test("the address that was typed is filled in, and the code goes to what is submitted", () => {
    assert.deepEqual([forgot.step, forgot.email, forgot.focus], ["forgot", ADA, { on: "email" }]);
    assert.deepEqual(run(forgot, submit({ email: "ada" })).problems, { email: "email" });
    assert.deepEqual(
      [run(forgot, submit({ email: "bob@example.com" })).email, reset.step],
      ["bob@example.com", "reset"],
    );
  });

  test("code and new password are checked before anything is sent", () => {
    const state = run(reset, submit({ code: "", password: "short" }));
    assert.deepEqual([state.problems, state.focus], [{ code: "code", password: "passwordRule" }, { on: "code" }]);
    const next = run(reset, submit({ code: "BCDFGHJK", password: "short" }));
    assert.deepEqual([next.problems, next.focus], [{ password: "passwordRule" }, { on: "password" }]);
    assert.equal(run(reset, submit({ code: "BCDFGHJK", password: "long enough" })).busy, "reset");
  });

  test("a common password: the code is not spent, and the user chooses another one", () => {
    const sending = run(reset, submit({ code: "BCDFGHJK", password: "password1" }));
    const state = run(sending, failed("invalid_request", "newPassword"));
    assert.deepEqual([state.step, state.problems], ["reset", { password: "passwordTooCommon" }]);
  });

  test("another code is one for the password, too", () => {
    const again = run(reset, press("send-code", ""));
    assert.deepEqual([again.busy, again.email, run(again, sent).step], ["forgot", ADA, "reset"]);
  });
});

describe("a mail's link", () => {
  const link = (requested?: { step: "code" | "reset"; email: string }): SignInEvent => ({
    type: "link",
    code: "BCDF-GHJK",
    requested,
  });

  test("in the browser that has requested the code: it is filled in, and the user submits it", () => {
    const state = after(link({ step: "code", email: ADA }));
    assert.deepEqual([state.step, state.email, state.code, state.busy], ["code", ADA, "BCDF-GHJK", undefined]);
    assert.equal(shown(state)("code").defaultValue, "BCDF-GHJK");
    assert.equal(run(state, submit({ code: "BCDF-GHJK" })).busy, "verify-code");
    const reset = after(link({ step: "reset", email: ADA }));
    assert.deepEqual([reset.step, reset.focus], ["reset", { on: "password" }]);
  });

  test("in another one: it is shown, to be typed into the first", () => {
    const state = after(link());
    assert.deepEqual([state.step, state.code], ["link", "BCDF-GHJK"]);
    assert.deepEqual([shown(state)("code").text, shown(state)("intro").text], ["BCDF-GHJK", en.intro.link]);
    assert.equal(run(state, submit()), state);
  });
});

describe("the second factor", () => {
  test("begins with the first method; the others are a button away", () => {
    const state = after(submit({ email: ADA, password: "x" }), factors("totp", "recovery_code", "passkey"));
    assert.deepEqual([state.step, state.busy, state.focus], ["totp", undefined, { on: "code" }]);
    const recovery = run(state, press("recovery_code"));
    assert.deepEqual([recovery.step, recovery.focus], ["recovery_code", { on: "code" }]);
    const passkey = run(recovery, press("instead-passkey"));
    assert.deepEqual([passkey.step, passkey.focus], ["passkey", { on: "submit" }]);
    assert.equal(run(passkey, submit()).busy, "second-factor");
    assert.equal(run(passkey, press("totp")).step, "totp");
  });

  test("six digits of the app, or a recovery code, are sent", () => {
    const state = after(factors("totp", "recovery_code"));
    for (const [code, busy] of [
      ["12345", undefined],
      ["1234567", undefined],
      ["12345a", undefined],
      ["123 456", "second-factor"],
    ] as const) {
      assert.equal(run(state, submit({ code })).busy, busy, code);
    }
    const recovery = run(state, press("recovery_code"));
    assert.equal(run(recovery, submit({ code: "" })).problems.code, "code");
    assert.equal(run(recovery, submit({ code: "bcdf-ghjk" })).busy, "second-factor");
  });

  test("after a wrong code the user goes on; when it has expired, they begin again and read why", () => {
    const state = after(factors("totp", "passkey"), submit({ code: "123456" }));
    const wrong = run(state, failed("code_invalid"));
    assert.deepEqual([wrong.step, wrong.factors, wrong.focus], ["totp", ["totp", "passkey"], { on: "code" }]);
    const over = run(state, failed("challenge_expired"));
    assert.deepEqual([over.step, over.factors, over.failure?.code], [undefined, undefined, "challenge_expired"]);
  });
});

describe("passkeys and providers", () => {
  test("a passkey signs in without an address, and signs up with one or without", () => {
    const other: SignInEvent = { type: "switch" };
    assert.equal(after(press("passkey", "")).busy, "use-passkey");
    assert.deepEqual(
      [after(other, press("passkey", "")).busy, after(other, press("passkey")).email],
      ["create-passkey", ADA],
    );
    const wrong = after(other, press("passkey", "ada"));
    assert.deepEqual([wrong.busy, wrong.problems], [undefined, { email: "email" }]);
  });

  test("a dialog of the browser that was closed is explained, and is nothing to report", () => {
    const state = after(press("passkey"), failed("cancelled"));
    assert.deepEqual([state.busy, shown(state)("message").text], [undefined, en.errors.cancelled]);
  });

  test("the page leaves for the provider; if it comes back unchanged, the form works again", () => {
    const leaving = after(press("provider:google"));
    assert.deepEqual([leaving.busy, shown(leaving)("status").text], ["provider", "Leaving for Google…"]);
    assert.equal(run(leaving, { type: "back" }).busy, undefined);
    assert.equal(after(press("provider:unknown")), INITIAL);
  });

  test("while a call is under way, no button begins another", () => {
    const busy = after(press("send-code"));
    for (const name of ["passkey", "provider:google", "forgot", "back", "send-code"]) {
      assert.equal(run(busy, press(name)), busy, name);
    }
  });
});

interface Shown {
  tag: string;
  attributes: Attributes;
  children: (Shown | string | false | null | undefined)[];
}
const build = (tag: string, attributes: Attributes, ...children: Shown["children"]): Shown => ({
  ...{ tag, attributes, children },
});
const all = (element: Shown): Shown[] => [
  element,
  ...element.children.flatMap((child) => (child && typeof child === "object" ? all(child) : [])),
];
const textOf = (element: Shown): string =>
  element.children.map((child) => (child && typeof child === "object" ? textOf(child) : child || "")).join("");
const elements = (state: SignInState, signUp?: boolean) =>
  all(markup<Shown>(build, state, { texts: english, id: "id", signUp }));

/** What the parts of the form show: its inputs by name, all others by part. */
function shown(state: SignInState) {
  return (part: string) => {
    const found =
      elements(state).find(({ tag, attributes }) => attributes.name === part && tag === "input") ??
      elements(state).find(({ attributes }) => String(attributes.part).split(" ").includes(part));
    assert.ok(found, part);
    return { ...found.attributes, text: textOf(found) } as Record<string, unknown>;
  };
}

describe("what is shown", () => {
  const buttons = (state: SignInState, signUp?: boolean) =>
    elements(state, signUp)
      .filter(({ tag }) => tag === "button")
      .map(textOf);
  const offers = (methods: Partial<typeof METHODS>, mode: SignInState["mode"] = "sign-in") =>
    buttons({ ...INITIAL, mode, methods: { ...METHODS, ...methods } });

  test("what the service offers, and nothing else", () => {
    assert.deepEqual(offers({}), [
      ...["Show password", "Forgot your password?", "Sign in", "Sign in with a passkey", "Send me a code by e-mail"],
      ...["Continue with Google", "No account yet? Create one"],
    ]);
    assert.deepEqual(offers({}, "sign-up"), [
      ...["Show password", "Create account", "Sign up with a passkey", "Send me a code by e-mail"],
      ...["Continue with Google", "Already have an account? Sign in"],
    ]);
    assert.deepEqual(offers({ password: false, passkey: false, providers: [], signUp: false }), [
      "Send me a code by e-mail",
    ]);
    assert.deepEqual(offers({ password: false, emailCode: false, providers: [], signUp: false }), [
      "Sign in with a passkey",
    ]);
    assert.deepEqual(offers({ password: false, emailCode: false, passkey: false, signUp: false }), [
      "Continue with Google",
    ]);
    const passwords = { passkey: false, emailCode: false, providers: [], signUp: false };
    assert.deepEqual(offers(passwords), ["Show password", "Forgot your password?", "Sign in"]);
    assert.deepEqual(offers({ ...passwords, passwordReset: false }), ["Show password", "Sign in"]);
    assert.deepEqual(buttons(INITIAL, false).at(-1), "Continue with Google");
  });

  test("the address suggests passkeys where one can be chosen, and codes are offered to be filled in", () => {
    assert.equal(shown(INITIAL)("email").autoComplete, "username webauthn");
    assert.equal(shown({ ...INITIAL, mode: "sign-up" })("email").autoComplete, "username");
    assert.equal(shown({ ...INITIAL, methods: { ...METHODS, passkey: false } })("email").autoComplete, "username");
    const code = shown(after(press("send-code"), sent))("code");
    assert.deepEqual([code.autoComplete, code.inputMode], ["one-time-code", undefined]);
    const totp = shown(after(factors("totp")))("code");
    assert.deepEqual([totp.autoComplete, totp.inputMode], ["one-time-code", "numeric"]);
  });

  const STEPS = {
    start: INITIAL,
    code: after(press("send-code"), sent),
    "a wrong code": after(press("send-code"), sent, submit({ code: "BCDFGHJK" }), failed("code_invalid")),
    forgot: after(press("forgot")),
    reset: after(press("forgot"), submit({ email: ADA }), sent),
    "the app": after(factors("totp", "recovery_code", "passkey")),
    "a passkey": after(factors("passkey")),
    link: after({ type: "link", code: "BCDFGHJK" }),
  };
  for (const [name, state] of Object.entries(STEPS)) {
    test(`${name}: every id that is referred to exists, once, and so does a name of the form`, () => {
      const shownElements = elements(state);
      const ids = shownElements.map(({ attributes }) => attributes.id).filter((id) => id !== undefined);
      assert.equal(new Set(ids).size, ids.length);
      const described = shownElements.flatMap(({ attributes }) =>
        String(attributes["aria-describedby"] ?? "").split(" "),
      );
      for (const id of described.filter(Boolean)) assert.ok(ids.includes(id), id);
      assert.ok(String(shownElements[0]?.attributes["aria-label"]).length > 3);
    });
  }

  test("a wrong code is marked, and described by the message", () => {
    const code = shown(STEPS["a wrong code"])("code");
    assert.deepEqual([code["aria-invalid"], code["aria-describedby"]], ["true", "id-message id-code"]);
  });

  test("each step shows the address, and password managers get it with the new password", () => {
    assert.match(String(shown(STEPS.code)("intro").text), /ada@example\.com/);
    const hidden = elements(STEPS.reset).find(({ attributes }) => attributes.hidden);
    assert.deepEqual([hidden?.attributes.autoComplete, hidden?.attributes.defaultValue], ["username", ADA]);
  });

  test("until another code can be requested, the button says when", () => {
    const button = (seconds: number) => shown(run(STEPS.code, { type: "resend", seconds }))("send-code");
    assert.deepEqual([button(20).text, button(20)["aria-disabled"]], ["Another code in 20 seconds", "true"]);
    assert.deepEqual([button(0).text, button(0)["aria-disabled"]], ["Send another code", "false"]);
  });
});

describe("the languages", () => {
  const texts = (value: object, path = ""): [string, string][] =>
    Object.entries(value).flatMap(([name, text]) =>
      typeof text === "string" ? [[`${path}${name}`, text] as [string, string]] : texts(text, `${path}${name}.`),
    );
  const placeholders = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? [];
  for (const language of [de, es, fr, ja]) {
    test(`${language.lang}: the same texts as English, with the same placeholders, and none of them English`, async () => {
      const own: SignInWaysTexts = await language.ways();
      const byPath = new Map(texts(own));
      assert.deepEqual(
        [...byPath.keys()].sort(),
        texts(en)
          .map(([path]) => path)
          .sort(),
      );
      for (const [path, text] of texts(en)) {
        assert.deepEqual(placeholders(byPath.get(path) ?? ""), placeholders(text), path);
        assert.notEqual(byPath.get(path), text, path);
      }
    });
  }
});
