import type { SignInWaysTexts } from "../../adapter/sign-in-texts.js";

/** German. */
export const de: SignInWaysTexts = {
  or: "oder",
  passkey: { "sign-in": "Mit einem Passkey anmelden", "sign-up": "Mit einem Passkey registrieren" },
  sendCode: "Code per E-Mail senden",
  provider: "Weiter mit {provider}",
  forgot: "Passwort vergessen?",
  back: "Zurück",
  title: {
    code: "Code eingeben",
    forgot: "Passwort zurücksetzen",
    reset: "Neues Passwort wählen",
    link: "Ihr Code",
    totp: "Bestätigen Sie, dass Sie es sind",
    recovery_code: "Bestätigen Sie, dass Sie es sind",
    passkey: "Bestätigen Sie, dass Sie es sind",
  },
  intro: {
    code: "Wenn Sie sich mit {email} anmelden können, wurde ein Code an diese Adresse gesendet. Er gilt 10 Minuten und nur in diesem Browser.",
    forgot: "Geben Sie Ihre E-Mail-Adresse ein. Sie erhalten einen Code, mit dem Sie ein neues Passwort wählen können.",
    reset:
      "Wenn es ein Konto mit {email} gibt, wurde ein Code an diese Adresse gesendet. Er gilt 10 Minuten und nur in diesem Browser.",
    link: "Geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben.",
    totp: "Geben Sie den Code ein, den Ihre Authenticator-App anzeigt.",
    recovery_code: "Geben Sie einen Ihrer Wiederherstellungscodes ein. Jeder gilt nur einmal.",
    passkey: "Verwenden Sie einen Ihrer Passkeys.",
  },
  submit: {
    code: "Anmelden",
    forgot: "Code senden",
    reset: "Passwort ändern",
    totp: "Bestätigen",
    recovery_code: "Bestätigen",
    passkey: "Passkey verwenden",
  },
  instead: {
    totp: "Stattdessen die Authenticator-App verwenden",
    recovery_code: "Stattdessen einen Wiederherstellungscode verwenden",
    passkey: "Stattdessen einen Passkey verwenden",
  },
  busy: {
    "send-code": "Der Code wird gesendet…",
    "verify-code": "Anmeldung läuft…",
    forgot: "Der Code wird gesendet…",
    reset: "Das Passwort wird geändert…",
    "use-passkey": "Ihr Browser fragt nach Ihrem Passkey…",
    "create-passkey": "Ihr Browser erstellt Ihren Passkey…",
    provider: "Weiter zu {provider}…",
    "second-factor": "Der Code wird geprüft…",
  },
  code: { mail: "Code aus der E-Mail", totp: "Code aus der App", recovery_code: "Wiederherstellungscode" },
  codeRule: { mail: "8 Buchstaben", totp: "6 Ziffern", recovery_code: "16 Buchstaben" },
  newPassword: "Neues Passwort",
  resend: "Einen neuen Code senden",
  resendLater: "Neuer Code {in}",
  errors: {
    code_invalid: "Der Code ist falsch.",
    challenge_expired: "Das ist abgelaufen. Bitte beginnen Sie noch einmal.",
    provider_failed: "Die Anmeldung beim anderen Anbieter ist fehlgeschlagen.",
    mail_unavailable: "Die E-Mail konnte nicht gesendet werden.",
    cancelled: "Es wurde kein Passkey verwendet. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.",
    provider_conflict:
      "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich dort auf einem anderen Weg an, und verknüpfen Sie den Anbieter dann in den Einstellungen Ihres Kontos.",
  },
};
