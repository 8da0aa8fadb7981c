import type { SignInTexts } from "../adapter/sign-in-texts.js";

export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";

const misconfigured = "Cette page est mal configurée. Veuillez prévenir son exploitant.";
const reload = "Une erreur s’est produite. Rechargez la page et réessayez.";

/** French. */
export const fr: SignInTexts = {
  lang: "fr",
  email: "Adresse e-mail",
  password: "Mot de passe",
  reveal: "Afficher le mot de passe",
  submit: { "sign-in": "Se connecter", "sign-up": "Créer un compte" },
  busy: { "sign-in": "Connexion en cours…", "sign-up": "Création du compte…" },
  switch: { "sign-in": "Pas encore de compte ? En créer un", "sign-up": "Déjà un compte ? Se connecter" },
  wait: "Réessayez {in}.",
  waitIsOver: "Vous pouvez réessayer maintenant.",
  problems: {
    email: "Saisissez une adresse e-mail valide.",
    password: "Saisissez votre mot de passe.",
    passwordRule: "De {min} à {max} caractères. Plusieurs mots sont faciles à retenir.",
    passwordTooCommon: "Ce mot de passe est trop courant. Choisissez-en un autre.",
  },
  ended: {
    none: "Vous n’êtes plus connecté.",
    expired: "Vous avez été déconnecté, car votre connexion durait depuis longtemps.",
    idle: "Vous avez été déconnecté après une longue absence.",
    revoked: "Vous avez été déconnecté depuis un autre appareil, ou votre mot de passe a été modifié.",
    reused: "Vous avez été déconnecté par sécurité, car une copie de votre session a été utilisée.",
  },
  errors: {
    invalid_credentials: "L’adresse e-mail ou le mot de passe est incorrect.",
    email_taken: "Un compte existe déjà pour cette adresse e-mail.",
    sign_up_closed: "Il n’est pas possible de créer un compte ici.",
    sign_up_refused: "Il n’est pas possible de créer un compte avec ces données.",
    invalid_request: "Le service n’a pas accepté la saisie.",
    rate_limited: "Il y a eu trop de tentatives.",
    unavailable: "Le service n’est pas disponible pour le moment.",
    network: "Il n’y a pas de connexion. Votre saisie est conservée.",
    timeout: "Le service a mis trop de temps à répondre. Votre saisie est conservée.",
    bad_response: "Le service n’a pas pu être joint. Il faut peut-être d’abord vous identifier sur votre réseau.",
    cookie_blocked:
      "Votre navigateur bloque le cookie qui vous maintient connecté. Autorisez les cookies pour ce site.",
    vault_unavailable: "Une partie de cette page n’a pas démarré. Rechargez la page ou mettez votre navigateur à jour.",
    service_worker_in_control: "Un script de ce site pourrait lire votre session. Rechargez la page.",
    signed_out: "Vous avez été déconnecté dans un autre onglet. Réessayez.",
    disposed: reload,
    not_found: reload,
    method_not_allowed: reload,
    unsupported_media_type: reload,
    too_large: "Votre saisie est trop longue.",
    request_forgery: misconfigured,
    invalid_options: misconfigured,
  },
  unknown: reload,
  ways: async () => (await import("./ways/fr.js")).fr,
};
