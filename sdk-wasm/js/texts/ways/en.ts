import type { SignInWaysTexts } from "../../adapter/sign-in-texts.js";

/** English. */
export const en: SignInWaysTexts = {
  or: "or",
  passkey: { "sign-in": "Sign in with a passkey", "sign-up": "Sign up with a passkey" },
  sendCode: "Send me a code by e-mail",
  provider: "Continue with {provider}",
  forgot: "Forgot your password?",
  back: "Back",
  title: {
    code: "Enter the code",
    forgot: "Reset your password",
    reset: "Choose a new password",
    link: "Your code",
    totp: "Confirm that it is you",
    recovery_code: "Confirm that it is you",
    passkey: "Confirm that it is you",
  },
  intro: {
    code: "If you can sign in with {email}, a code has been sent to this address. It is valid for 10 minutes, in this browser only.",
    forgot: "Enter your e-mail address. You will get a code with which you can choose a new password.",
    reset:
      "If there is an account with {email}, a code has been sent to this address. It is valid for 10 minutes, in this browser only.",
    link: "Type this code into the browser in which you requested it.",
    totp: "Enter the code that your authenticator app shows.",
    recovery_code: "Enter one of your recovery codes. Each of them can be used once.",
    passkey: "Use one of your passkeys.",
  },
  submit: {
    code: "Sign in",
    forgot: "Send the code",
    reset: "Change the password",
    totp: "Confirm",
    recovery_code: "Confirm",
    passkey: "Use a passkey",
  },
  instead: {
    totp: "Use your authenticator app instead",
    recovery_code: "Use a recovery code instead",
    passkey: "Use a passkey instead",
  },
  busy: {
    "send-code": "Sending the code…",
    "verify-code": "Signing in…",
    forgot: "Sending the code…",
    reset: "Changing the password…",
    "use-passkey": "Your browser is asking for your passkey…",
    "create-passkey": "Your browser is creating your passkey…",
    provider: "Leaving for {provider}…",
    "second-factor": "Checking…",
  },
  code: { mail: "Code from the e-mail", totp: "Code from the app", recovery_code: "Recovery code" },
  codeRule: { mail: "8 letters", totp: "6 digits", recovery_code: "16 letters" },
  newPassword: "New password",
  resend: "Send another code",
  resendLater: "Another code {in}",
  errors: {
    code_invalid: "The code is wrong.",
    challenge_expired: "This has expired. Please start again.",
    provider_failed: "The sign-in at the other provider failed.",
    mail_unavailable: "The mail could not be sent.",
    cancelled: "No passkey was used. Try again, or use another way.",
    provider_conflict:
      "There is an account with this e-mail address already. Sign in to it in another way, then link the provider in your account’s settings.",
  },
};
