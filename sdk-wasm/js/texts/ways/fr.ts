import type { SignInWaysTexts } from "../../adapter/sign-in-texts.js";

/** French. */
export const fr: SignInWaysTexts = {
  or: "ou",
  passkey: { "sign-in": "Se connecter avec une clé d’accès", "sign-up": "S’inscrire avec une clé d’accès" },
  sendCode: "M’envoyer un code par e-mail",
  provider: "Continuer avec {provider}",
  forgot: "Mot de passe oublié ?",
  back: "Retour",
  title: {
    code: "Saisissez le code",
    forgot: "Réinitialiser le mot de passe",
    reset: "Choisissez un nouveau mot de passe",
    link: "Votre code",
    totp: "Confirmez que c’est bien vous",
    recovery_code: "Confirmez que c’est bien vous",
    passkey: "Confirmez que c’est bien vous",
  },
  intro: {
    code: "Si vous pouvez vous connecter avec {email}, un code a été envoyé à cette adresse. Il est valable 10 minutes, dans ce navigateur uniquement.",
    forgot: "Saisissez votre adresse e-mail. Vous recevrez un code qui permet de choisir un nouveau mot de passe.",
    reset:
      "S’il existe un compte pour {email}, un code a été envoyé à cette adresse. Il est valable 10 minutes, dans ce navigateur uniquement.",
    link: "Saisissez ce code dans le navigateur où vous l’avez demandé.",
    totp: "Saisissez le code affiché par votre application d’authentification.",
    recovery_code: "Saisissez l’un de vos codes de récupération. Chacun ne peut servir qu’une fois.",
    passkey: "Utilisez l’une de vos clés d’accès.",
  },
  submit: {
    code: "Se connecter",
    forgot: "Envoyer le code",
    reset: "Changer le mot de passe",
    totp: "Confirmer",
    recovery_code: "Confirmer",
    passkey: "Utiliser une clé d’accès",
  },
  instead: {
    totp: "Utiliser plutôt l’application d’authentification",
    recovery_code: "Utiliser plutôt un code de récupération",
    passkey: "Utiliser plutôt une clé d’accès",
  },
  busy: {
    "send-code": "Envoi du code…",
    "verify-code": "Connexion en cours…",
    forgot: "Envoi du code…",
    reset: "Changement du mot de passe…",
    "use-passkey": "Votre navigateur demande votre clé d’accès…",
    "create-passkey": "Votre navigateur crée votre clé d’accès…",
    provider: "Ouverture de {provider}…",
    "second-factor": "Vérification…",
  },
  code: { mail: "Code reçu par e-mail", totp: "Code de l’application", recovery_code: "Code de récupération" },
  codeRule: { mail: "8 lettres", totp: "6 chiffres", recovery_code: "16 lettres" },
  newPassword: "Nouveau mot de passe",
  resend: "Envoyer un autre code",
  resendLater: "Nouveau code {in}",
  errors: {
    code_invalid: "Le code est incorrect.",
    challenge_expired: "Le délai a expiré. Veuillez recommencer.",
    provider_failed: "La connexion chez l’autre fournisseur a échoué.",
    mail_unavailable: "L’e-mail n’a pas pu être envoyé.",
    cancelled: "Aucune clé d’accès n’a été utilisée. Réessayez, ou choisissez un autre moyen.",
    provider_conflict:
      "Un compte existe déjà pour cette adresse e-mail. Connectez-vous à ce compte d’une autre manière, puis associez le fournisseur dans les paramètres du compte.",
  },
};
