//! Spanish.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("sign_in_subject", "Su código de acceso a {product}"),
    ("sign_in_body", "Introduzca este código para iniciar sesión en {product}:"),
    ("sign_up_subject", "Su código de {product}"),
    ("sign_up_body", "Introduzca este código para crear su cuenta en {product}:"),
    ("reauthentication_subject", "Su código de {product}"),
    ("reauthentication_body", "Introduzca este código para confirmar que es usted:"),
    ("password_reset_subject", "Su código de {product}"),
    ("password_reset_body", "Introduzca este código para elegir una nueva contraseña de {product}:"),
    ("no_account_subject", "Su solicitud a {product}"),
    (
        "no_account_body",
        "Se ha pedido a {product} un código para esta dirección, pero no hay ninguna cuenta con ella. Si ha sido usted, puede que su cuenta tenga otra dirección.",
    ),
    ("email_verification_subject", "Su código de {product}"),
    ("email_verification_body", "Introduzca este código para confirmar su dirección en {product}:"),
    ("email_change_subject", "Su código de {product}"),
    ("email_change_body", "Introduzca este código para usar esta dirección en su cuenta de {product}:"),
    ("email_in_use_subject", "Su solicitud a {product}"),
    (
        "email_in_use_body",
        "Se ha pedido a {product} usar esta dirección para una cuenta, pero no se puede usar para esa cuenta. No se ha cambiado nada.",
    ),
    ("email_changed_subject", "Su cuenta de {product}"),
    (
        "email_changed_body",
        "Su cuenta de {product} tiene ahora otra dirección. Con esta dirección ya no se puede iniciar sesión.",
    ),
    ("new_browser_subject", "Nuevo inicio de sesión en {product}"),
    (
        "new_browser_body",
        "Se ha iniciado sesión en su cuenta de {product} desde un navegador nuevo:\n{browser}, {time}",
    ),
    ("password_changed_subject", "Su cuenta de {product}"),
    ("password_changed_body", "Se ha cambiado la contraseña de su cuenta de {product}: {time}."),
    ("passkey_added_subject", "Su cuenta de {product}"),
    ("passkey_added_body", "Se ha añadido una llave de acceso a su cuenta de {product}: {time}."),
    ("api_key_created_subject", "Su cuenta de {product}"),
    (
        "api_key_created_body",
        "Se ha creado una clave de API para su cuenta de {product}: {time}. Si no conoce la clave, revóquela en los ajustes de su cuenta.",
    ),
    ("access_granted_subject", "Su cuenta de {product}"),
    (
        "access_granted_body",
        "Se ha dado acceso a su cuenta de {product} a {client}: {time}. Si usted no lo ha permitido, retire el acceso en los ajustes de su cuenta.",
    ),
    ("second_factor_reset_subject", "Su cuenta de {product}"),
    (
        "second_factor_reset_body",
        "La administración ha eliminado el segundo factor de su cuenta de {product}: {time}.",
    ),
    (
        "code_note",
        "El código es válido durante 10 minutos, una sola vez, en el navegador en el que se solicitó.",
    ),
    (
        "undo_note",
        "Si no ha sido usted, deshaga el cambio en un plazo de 7 días: abra la página siguiente e introduzca este código. Se cerrará la sesión en todos los dispositivos. Después, elija una nueva contraseña.",
    ),
    ("link", "Abrir la página para este código"),
    ("not_you", "Si no ha solicitado este mensaje, puede ignorarlo. No comparta este código con nadie."),
    (
        "not_you_notice",
        "Si ha sido usted, puede ignorar este mensaje. Si no, cambie su contraseña y cierre la sesión en todos los dispositivos.",
    ),
];
