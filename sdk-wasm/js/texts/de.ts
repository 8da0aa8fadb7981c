import type { SignInTexts } from "../adapter/sign-in-texts.js";

export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";

const misconfigured = "Diese Seite ist falsch eingerichtet. Bitte informieren Sie den Betreiber.";
const reload = "Etwas ist schiefgegangen. Laden Sie die Seite neu und versuchen Sie es noch einmal.";

/** German. */
export const de: SignInTexts = {
  lang: "de",
  email: "E-Mail-Adresse",
  password: "Passwort",
  reveal: "Passwort anzeigen",
  submit: { "sign-in": "Anmelden", "sign-up": "Konto erstellen" },
  busy: { "sign-in": "Anmeldung läuft…", "sign-up": "Konto wird erstellt…" },
  switch: { "sign-in": "Noch kein Konto? Jetzt erstellen", "sign-up": "Schon ein Konto? Anmelden" },
  wait: "Versuchen Sie es {in} noch einmal.",
  waitIsOver: "Sie können es jetzt noch einmal versuchen.",
  problems: {
    email: "Geben Sie eine gültige E-Mail-Adresse ein.",
    password: "Geben Sie Ihr Passwort ein.",
    passwordRule: "{min} bis {max} Zeichen. Mehrere Wörter kann man sich leicht merken.",
    passwordTooCommon: "Dieses Passwort ist zu verbreitet. Wählen Sie ein anderes.",
  },
  ended: {
    none: "Sie sind nicht mehr angemeldet.",
    expired: "Sie wurden abgemeldet, weil Sie lange angemeldet waren.",
    idle: "Sie wurden abgemeldet, weil Sie längere Zeit nicht hier waren.",
    revoked: "Sie wurden auf einem anderen Gerät abgemeldet, oder Ihr Passwort wurde geändert.",
    reused: "Sie wurden zu Ihrer Sicherheit abgemeldet, weil eine Kopie Ihrer Sitzung benutzt wurde.",
  },
  errors: {
    invalid_credentials: "Die E-Mail-Adresse oder das Passwort ist falsch.",
    email_taken: "Zu dieser E-Mail-Adresse gibt es schon ein Konto.",
    sign_up_closed: "Hier können keine neuen Konten erstellt werden.",
    sign_up_refused: "Damit kann kein Konto erstellt werden.",
    invalid_request: "Der Dienst hat das nicht angenommen.",
    rate_limited: "Es gab zu viele Versuche.",
    unavailable: "Der Dienst ist im Moment nicht verfügbar.",
    network: "Es gibt keine Verbindung. Ihre Eingaben bleiben erhalten.",
    timeout: "Der Dienst hat zu lange nicht geantwortet. Ihre Eingaben bleiben erhalten.",
    bad_response: "Der Dienst ist nicht erreichbar. Vielleicht müssen Sie sich zuerst bei Ihrem Netz anmelden.",
    cookie_blocked:
      "Ihr Browser blockiert das Cookie, mit dem Sie angemeldet bleiben. Erlauben Sie Cookies für diese Seite.",
    vault_unavailable:
      "Ein Teil dieser Seite ist nicht gestartet. Laden Sie die Seite neu, oder aktualisieren Sie Ihren Browser.",
    service_worker_in_control: "Ein Skript dieser Seite könnte Ihre Sitzung lesen. Laden Sie die Seite neu.",
    signed_out: "Sie wurden in einem anderen Tab abgemeldet. Versuchen Sie es noch einmal.",
    disposed: reload,
    not_found: reload,
    method_not_allowed: reload,
    unsupported_media_type: reload,
    too_large: "Ihre Eingabe ist zu lang.",
    request_forgery: misconfigured,
    invalid_options: misconfigured,
  },
  unknown: reload,
  ways: async () => (await import("./ways/de.js")).de,
};
