import type { SignInTexts } from "../adapter/sign-in-texts.js";

export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";

const misconfigured = "Esta página está mal configurada. Avise a su responsable.";
const reload = "Se produjo un error. Recargue la página e inténtelo de nuevo.";

/** Spanish. */
export const es: SignInTexts = {
  lang: "es",
  email: "Correo electrónico",
  password: "Contraseña",
  reveal: "Mostrar la contraseña",
  submit: { "sign-in": "Iniciar sesión", "sign-up": "Crear cuenta" },
  busy: { "sign-in": "Iniciando sesión…", "sign-up": "Creando la cuenta…" },
  switch: { "sign-in": "¿Aún no tiene cuenta? Cree una", "sign-up": "¿Ya tiene cuenta? Inicie sesión" },
  wait: "Inténtelo de nuevo {in}.",
  waitIsOver: "Ya puede intentarlo de nuevo.",
  problems: {
    email: "Introduzca un correo electrónico válido.",
    password: "Introduzca su contraseña.",
    passwordRule: "De {min} a {max} caracteres. Varias palabras son fáciles de recordar.",
    passwordTooCommon: "Esta contraseña es demasiado común. Elija otra.",
  },
  ended: {
    none: "Ya no tiene la sesión iniciada.",
    expired: "Su sesión se cerró porque llevaba mucho tiempo abierta.",
    idle: "Su sesión se cerró tras un tiempo sin actividad.",
    revoked: "Su sesión se cerró desde otro dispositivo, o se cambió su contraseña.",
    reused: "Su sesión se cerró por seguridad, porque se usó una copia de ella.",
  },
  errors: {
    invalid_credentials: "El correo electrónico o la contraseña no son correctos.",
    email_taken: "Ya existe una cuenta con este correo electrónico.",
    sign_up_closed: "Aquí no se pueden crear cuentas nuevas.",
    sign_up_refused: "No se puede crear una cuenta con estos datos.",
    invalid_request: "El servicio no aceptó los datos.",
    rate_limited: "Ha habido demasiados intentos.",
    unavailable: "El servicio no está disponible en este momento.",
    network: "No hay conexión. Lo que ha escrito se conserva.",
    timeout: "El servicio tardó demasiado en responder. Lo que ha escrito se conserva.",
    bad_response: "No se pudo acceder al servicio. Es posible que primero deba identificarse en su red.",
    cookie_blocked: "Su navegador bloquea la cookie que mantiene la sesión. Permita las cookies de este sitio.",
    vault_unavailable: "Una parte de esta página no se inició. Recargue la página o actualice su navegador.",
    service_worker_in_control: "Un script de este sitio podría leer su sesión. Recargue la página.",
    signed_out: "Se cerró la sesión en otra pestaña. Inténtelo de nuevo.",
    disposed: reload,
    not_found: reload,
    method_not_allowed: reload,
    unsupported_media_type: reload,
    too_large: "Lo que ha escrito es demasiado largo.",
    request_forgery: misconfigured,
    invalid_options: misconfigured,
  },
  unknown: reload,
  ways: async () => (await import("./ways/es.js")).es,
};
