import type { SignInWaysTexts } from "../../adapter/sign-in-texts.js";

/** Spanish. */
export const es: SignInWaysTexts = {
  or: "o",
  passkey: { "sign-in": "Iniciar sesión con una llave de acceso", "sign-up": "Registrarse con una llave de acceso" },
  sendCode: "Enviarme un código por correo",
  provider: "Continuar con {provider}",
  forgot: "¿Ha olvidado su contraseña?",
  back: "Volver",
  title: {
    code: "Introduzca el código",
    forgot: "Restablecer la contraseña",
    reset: "Elija una contraseña nueva",
    link: "Su código",
    totp: "Confirme que es usted",
    recovery_code: "Confirme que es usted",
    passkey: "Confirme que es usted",
  },
  intro: {
    code: "Si puede iniciar sesión con {email}, se ha enviado un código a esta dirección. Es válido durante 10 minutos y solo en este navegador.",
    forgot: "Introduzca su correo electrónico. Recibirá un código con el que podrá elegir una contraseña nueva.",
    reset:
      "Si existe una cuenta con {email}, se ha enviado un código a esta dirección. Es válido durante 10 minutos y solo en este navegador.",
    link: "Escriba este código en el navegador en el que lo solicitó.",
    totp: "Introduzca el código que muestra su aplicación de autenticación.",
    recovery_code: "Introduzca uno de sus códigos de recuperación. Cada uno sirve una sola vez.",
    passkey: "Use una de sus llaves de acceso.",
  },
  submit: {
    code: "Iniciar sesión",
    forgot: "Enviar el código",
    reset: "Cambiar la contraseña",
    totp: "Confirmar",
    recovery_code: "Confirmar",
    passkey: "Usar una llave de acceso",
  },
  instead: {
    totp: "Usar la aplicación de autenticación",
    recovery_code: "Usar un código de recuperación",
    passkey: "Usar una llave de acceso",
  },
  busy: {
    "send-code": "Enviando el código…",
    "verify-code": "Iniciando sesión…",
    forgot: "Enviando el código…",
    reset: "Cambiando la contraseña…",
    "use-passkey": "Su navegador le pide la llave de acceso…",
    "create-passkey": "Su navegador está creando la llave de acceso…",
    provider: "Abriendo {provider}…",
    "second-factor": "Comprobando…",
  },
  code: { mail: "Código del correo", totp: "Código de la aplicación", recovery_code: "Código de recuperación" },
  codeRule: { mail: "8 letras", totp: "6 cifras", recovery_code: "16 letras" },
  newPassword: "Contraseña nueva",
  resend: "Enviar otro código",
  resendLater: "Otro código {in}",
  errors: {
    code_invalid: "El código no es correcto.",
    challenge_expired: "Esto ha caducado. Vuelva a empezar.",
    provider_failed: "No se pudo iniciar sesión con el otro proveedor.",
    mail_unavailable: "No se pudo enviar el correo.",
    cancelled: "No se usó ninguna llave de acceso. Inténtelo de nuevo o elija otra forma.",
    provider_conflict:
      "Ya existe una cuenta con este correo electrónico. Inicie sesión en ella de otra forma y vincule después el proveedor en los ajustes de su cuenta.",
  },
};
