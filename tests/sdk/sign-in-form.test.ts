// The states of `<SignIn>` and what each of them shows, without a framework, with literal values; and the languages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SignInTexts } from "latchkey-auth/react";
import { returnTo } from "latchkey-auth/return-to";
import { de } from "latchkey-auth/texts/de";
import { en } from "latchkey-auth/texts/en";
import { es } from "latchkey-auth/texts/es";
import { fr } from "latchkey-auth/texts/fr";
import { ja } from "latchkey-auth/texts/ja";
import {
  nextState,
  type SignInEvent,
  type SignInFailure,
  type SignInState,
} from "../../sdk-wasm/dist/adapter/sign-in-form.js";
import { type Attributes, explain, markup } from "../../sdk-wasm/dist/adapter/sign-in-markup.js";
import { CLIENT_ERROR_CODES, SERVICE_ERROR_CODES, SESSION_END_REASONS } from "../../sdk-wasm/dist/generated/codes.js";

const ADA = { email: "ada@example.com", password: "correct horse battery staple" };
const SIGNED_OUT = { status: "signed-out", session: null, lastError: null } as const;
const INITIAL: SignInState = { mode: "sign-in", auth: SIGNED_OUT, problems: {} };

/** The state after these events. */
const after = (...events: SignInEvent[]) => events.reduce(nextState, INITIAL);
const submit = (values: Partial<typeof ADA> = {}): SignInEvent => ({ type: "submit", values: { ...ADA, ...values } });
const failed = (code: SignInFailure["code"]): SignInEvent => ({ type: "failed", failure: { code } });
const other: SignInEvent = { type: "switch" };
const wait = (seconds: number): SignInEvent => ({ type: "wait", seconds });

describe("what is sent", () => {
  const BAD: [string, Partial<typeof ADA>, SignInState["problems"], "email" | "password"][] = [
    ["nothing", { email: "", password: "" }, { email: "email", password: "password" }, "email"],
    ["no address", { email: "  " }, { email: "email", password: false }, "email"],
    ["half an address", { email: "ada@" }, { email: "email", password: false }, "email"],
    ["a name", { email: "ada" }, { email: "email", password: false }, "email"],
    ["two addresses", { email: "ada@example.com bob@example.com" }, { email: "email", password: false }, "email"],
    ["no password", { password: "" }, { email: false, password: "password" }, "password"],
  ];
  for (const [name, values, problems, on] of BAD) {
    test(`${name} is not sent, and the focus moves to the first field with a problem`, () => {
      const state = after(submit(values));
      assert.deepEqual([state.busy, state.problems, state.focus], [undefined, problems, { on }]);
    });
  }

  for (const email of [
    "ada@example.com",
    " ada@example.com ",
    "a.b+c@sub.example.co.uk",
    "ü@exämple.de",
    "ada@localhost",
  ]) {
    test(`the address "${email}" is sent`, () => assert.equal(after(submit({ email })).busy, "sign-in"));
  }

  test("the length of a password is checked where one is chosen, in characters as the service counts them", () => {
    const problem = (password: string) => after(other, submit({ password })).problems.password;
    assert.equal(problem("1234567"), "passwordRule");
    assert.equal(problem("🔑".repeat(7)), "passwordRule");
    assert.equal(problem("🔑".repeat(8)), false);
    assert.equal(problem("🔑".repeat(128)), false);
    assert.equal(problem("a".repeat(129)), "passwordRule");
    assert.equal(after(submit({ password: "1" })).busy, "sign-in", "a short password to sign in is a wrong one");
  });

  test("while a call is under way, a second submission and the other mode are ignored", () => {
    const busy = after(submit());
    for (const event of [submit(), submit({ email: "" }), other]) assert.equal(nextState(busy, event), busy);
  });

  test("a password is hidden when it is sent, and no state contains what was typed", () => {
    assert.equal(after({ type: "reveal" }).revealed, true);
    assert.ok(!after({ type: "reveal" }, submit()).revealed);
    const states = [after(submit()), after(submit({ email: "" })), after(submit(), failed("network"))];
    assert.doesNotMatch(JSON.stringify(states), /correct horse|ada@/);
  });
});

describe("after a failure", () => {
  test("the focus moves to the field that the failure is about, or to the message; each time anew", () => {
    assert.deepEqual(after(submit(), failed("invalid_credentials")).focus, { on: "password" });
    assert.deepEqual(after(other, submit(), failed("email_taken")).focus, { on: "email" });
    const once = after(submit(), failed("network"));
    assert.deepEqual(once.focus, { on: "message" });
    assert.notEqual([submit(), failed("network")].reduce(nextState, once).focus, once.focus);
  });

  test("a field that the service rejects has a problem, and gets the focus", () => {
    const rejected = (field?: string) => {
      const { busy, problems, failure, focus } = after(other, submit(), {
        type: "failed",
        failure: { code: "invalid_request", field },
      });
      return [busy, problems, failure?.code, focus?.on];
    };
    assert.deepEqual(rejected("email"), [undefined, { email: "email" }, undefined, "email"]);
    assert.deepEqual(rejected("password"), [undefined, { password: "passwordTooCommon" }, undefined, "password"]);
    assert.deepEqual(rejected(), [undefined, { email: false, password: false }, "invalid_request", "message"]);
  });

  test("nothing is sent before the time that the service has stated; then it is", () => {
    const limited = after(submit(), failed("rate_limited"), wait(30));
    assert.equal(nextState(limited, submit()), limited);
    const last = nextState(limited, wait(1));
    assert.equal(nextState(last, submit()), last);
    assert.equal(nextState(nextState(limited, wait(0)), submit()).busy, "sign-in");
  });

  test("with another address the user need not wait; with another password they do", () => {
    const limited = after(submit(), failed("rate_limited"), wait(30));
    assert.equal([{ type: "edit", field: "password" } as const, submit()].reduce(nextState, limited).busy, undefined);
    assert.equal([{ type: "edit", field: "email" } as const, submit()].reduce(nextState, limited).busy, "sign-in");
  });

  test("a field's problem goes when the field is edited; the other one stays", () => {
    const state = after(submit({ email: "", password: "" }), { type: "edit", field: "email" });
    assert.deepEqual(state.problems, { email: false, password: "password" });
  });

  test("the other mode begins without problems, in its first field", () => {
    const state = after(submit(), failed("rate_limited"), wait(30), other);
    assert.deepEqual(state, { mode: "sign-up", auth: SIGNED_OUT, problems: {}, focus: { on: "email" } });
    assert.equal(nextState(state, other).mode, "sign-in");
  });

  test("a success leaves nothing behind", () => {
    assert.deepEqual(after(submit(), failed("network"), submit(), { type: "succeeded" }), INITIAL);
  });

  test("what the client says changes the state only if it is new", () => {
    const state = after(submit(), failed("network"));
    assert.equal(nextState(state, { type: "auth", auth: SIGNED_OUT }), state);
    const auth = { ...SIGNED_OUT, status: "offline" } as const;
    assert.deepEqual(nextState(state, { type: "auth", auth }), { ...state, auth });
  });
});

interface Shown {
  tag: string;
  attributes: Attributes;
  children: (Shown | string | false | null | undefined)[];
}
const build = (tag: string, attributes: Attributes, ...children: Shown["children"]): Shown => ({
  tag,
  attributes,
  children,
});

/** Every element below one, itself included. */
const all = (element: Shown): Shown[] => [
  element,
  ...element.children.flatMap((child) => (child && typeof child === "object" ? all(child) : [])),
];
const textOf = (element: Shown): string =>
  element.children.map((child) => (child && typeof child === "object" ? textOf(child) : child || "")).join("");

function shown(state: SignInState, texts = en) {
  const elements = all(markup<Shown>(build, state, { texts, id: "id" }));
  return (part: string) => {
    const found = elements.find(({ attributes }) => String(attributes.part).split(" ").includes(part));
    assert.ok(found, part);
    return { ...found.attributes, text: textOf(found) } as Record<string, unknown>;
  };
}

describe("what is shown", () => {
  const STATES = {
    "to sign in": after(),
    "to sign up": after(other),
    "nothing was typed": after(submit({ email: "", password: "" })),
    "a short password": after(other, submit({ password: "1" })),
    "a wrong password": after(submit(), failed("invalid_credentials")),
    "a taken address": after(other, submit(), failed("email_taken")),
  };
  for (const [name, state] of Object.entries(STATES)) {
    test(`${name}: every id that is referred to exists, once`, () => {
      const elements = all(markup<Shown>(build, state, { texts: en, id: "id" }));
      const ids = elements.map(({ attributes }) => attributes.id).filter((id) => id !== undefined);
      assert.equal(new Set(ids).size, ids.length);
      const references = elements.flatMap(({ attributes }) => String(attributes["aria-describedby"] ?? "").split(" "));
      for (const reference of references.filter(Boolean)) assert.ok(ids.includes(reference), reference);
    });
  }

  test("the field that a failure is about is marked, and described by the message", () => {
    const marks = (state: SignInState) =>
      all(markup<Shown>(build, state, { texts: en, id: "id" }))
        .filter(({ tag }) => tag === "input")
        .map(({ attributes }) => [attributes["aria-invalid"], attributes["aria-describedby"]]);
    assert.deepEqual(marks(STATES["a taken address"]), [
      ["true", "id-message id-email"],
      ["false", "id-password"],
    ]);
    assert.deepEqual(marks(STATES["nothing was typed"]), [
      ["true", "id-email"],
      ["true", "id-password"],
    ]);
  });

  test("a wait counts down in words, apart from the message that is read out", () => {
    const at = (seconds: number) => shown(after(submit(), failed("rate_limited"), wait(seconds)));
    assert.equal(at(61)("message").text, "There were too many attempts. Try again in 2 minutes.");
    assert.equal(at(60)("wait").text, " Try again in 60 seconds.");
    assert.equal(at(1)("wait").text, " Try again in 1 second.");
    assert.deepEqual([at(1)("wait")["aria-live"], at(1)("submit")["aria-disabled"]], ["off", "true"]);
    assert.equal(at(0)("message").text, "There were too many attempts. You can try again now.");
    assert.equal(at(0)("submit")["aria-disabled"], "false");
  });

  test("the wait in every other language", () => {
    const state = after(submit(), failed("rate_limited"), wait(90));
    assert.deepEqual(
      [de, fr, es, ja].map((texts) => shown(state, texts)("wait").text),
      [
        " Versuchen Sie es in 2 Minuten noch einmal.",
        " Réessayez dans 2 minutes.",
        " Inténtelo de nuevo dentro de 2 minutos.",
        " 2 分後にもう一度お試しください。",
      ],
    );
  });

  test("the rule of the service for new passwords, and not for a sign-in", () => {
    const rule = "8 to 128 characters. A few words are easy to remember.";
    const passwordNote = (state: SignInState) => {
      const note = all(markup<Shown>(build, state, { texts: en, id: "id" })).find(
        ({ attributes }) => attributes.id === "id-password",
      );
      return note && [note.attributes.part, textOf(note)];
    };
    assert.deepEqual(passwordNote(STATES["to sign in"]), ["hint", ""]);
    assert.deepEqual(passwordNote(STATES["to sign up"]), ["hint", rule]);
    assert.deepEqual(passwordNote(STATES["a short password"]), ["problem", rule]);
  });

  test("while a call is under way: the form says so, and the button keeps its focus and its name", () => {
    const busy = shown(after(submit()));
    assert.deepEqual([busy("latchkey")["aria-busy"], busy("status").text], ["true", "Signing in…"]);
    assert.deepEqual(
      [busy("submit")["aria-disabled"], busy("submit").disabled, busy("submit").text],
      ["true", undefined, "Sign in"],
    );
  });

  test("why the user was signed out, or that there is no network, until there is something newer to say", () => {
    const lastError = { code: "session_ended", reason: "idle" } as never;
    const ended: SignInEvent = { type: "auth", auth: { ...SIGNED_OUT, lastError } };
    assert.equal(shown(after(ended))("message").text, en.ended.idle);
    assert.equal(shown(after(ended, submit({ email: "" })))("message").text, en.ended.idle, "nothing was sent");
    assert.equal(shown(after(ended, submit()))("message").text, "", "while a call is under way");
    assert.equal(shown(after(ended, submit(), failed("network")))("message").text, en.errors.network);
    const offline: SignInEvent = { type: "auth", auth: { ...SIGNED_OUT, status: "offline" } };
    assert.equal(shown(after(offline))("message").text, en.errors.network);
  });
});

describe("the languages", () => {
  const LANGUAGES: readonly SignInTexts[] = [de, en, es, fr, ja];
  /** Every text of a language, by its path. */
  const texts = (value: object, path = ""): [string, string][] =>
    Object.entries(value).flatMap(([name, text]) =>
      typeof text === "string" ? [[`${path}${name}`, text] as [string, string]] : texts(text, `${path}${name}.`),
    );
  const placeholders = (text: string) => text.match(/\{\w+\}/g)?.sort() ?? [];

  for (const language of LANGUAGES) {
    test(`${language.lang}: the same texts as English, with the same placeholders, and none of them English`, () => {
      const own = new Map(texts(language));
      assert.deepEqual(
        [...own.keys()].sort(),
        texts(en)
          .map(([path]) => path)
          .sort(),
      );
      for (const [path, text] of texts(en)) {
        assert.deepEqual(placeholders(own.get(path) ?? ""), placeholders(text), path);
        if (language !== en) assert.notEqual(own.get(path), text, path);
      }
    });

    test(`${language.lang}: each code that signIn and signUp can give is explained`, () => {
      const OTHER_CALLS = [
        ...["invalid_token", "step_up_required", "insufficient_scope", "reauthentication_required"],
        ...["second_factor_required", "last_credential", "already_linked"],
        ...["code_invalid", "challenge_expired", "provider_failed", "mail_unavailable"],
        ...["bad_gateway", "gateway_timeout", "origin_not_allowed", "not_replayable"],
      ];
      const codes = [...SERVICE_ERROR_CODES, ...CLIENT_ERROR_CODES].filter((code) => code !== "session_ended");
      for (const code of codes) {
        const text = (language.errors as Record<string, string>)[code];
        assert.equal(text === undefined, OTHER_CALLS.includes(code), code);
        assert.equal(explain(language, { code }), text ?? language.unknown);
      }
      for (const reason of SESSION_END_REASONS) {
        assert.equal(explain(language, { code: "session_ended", reason }), language.ended[reason]);
      }
      assert.equal(explain(language, new Error("not of this package") as never), language.unknown);
    });
  }
});

test("return_to: a path of the page's own origin, and nothing else", (t) => {
  const location = { origin: "https://app.example", search: "" };
  Object.assign(globalThis, { location });
  t.after(() => Reflect.deleteProperty(globalThis, "location"));
  const read = (value: string) => {
    location.search = `?x=1&return_to=${encodeURIComponent(value)}`;
    return returnTo();
  };
  for (const path of ["/", "/oauth/consent?request=a.b&x=%2F", "/oauth/device?user_code=BCDF-GHJK", "/a//b", "/a\\b"]) {
    assert.equal(read(path), new URL(path, location.origin).href);
  }
  for (const other of [
    ...[
      "",
      "x",
      "?x",
      "#x",
      "oauth/consent",
      "https://app.example/oauth",
      "https://evil.example/",
      "javascript:alert(1)",
    ],
    ...["//evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n\\evil.example"],
    ...["//[", "//app.example:444/", " //evil.example"],
  ]) {
    assert.equal(read(other), null, JSON.stringify(other));
  }
  assert.equal(read("//evil.example@app.example/x?y#z"), "https://app.example/x?y", "without what is not of the path");
  location.search = "";
  assert.equal(returnTo(), null);
});
