//! French.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("sign_in_subject", "Votre code de connexion à {product}"),
    ("sign_in_body", "Saisissez ce code pour vous connecter à {product} :"),
    ("sign_up_subject", "Votre code pour {product}"),
    ("sign_up_body", "Saisissez ce code pour créer votre compte {product} :"),
    ("reauthentication_subject", "Votre code pour {product}"),
    ("reauthentication_body", "Saisissez ce code pour confirmer que c’est bien vous :"),
    ("password_reset_subject", "Votre code pour {product}"),
    ("password_reset_body", "Saisissez ce code pour choisir un nouveau mot de passe pour {product} :"),
    ("no_account_subject", "Votre demande à {product}"),
    (
        "no_account_body",
        "Un code a été demandé à {product} pour cette adresse, mais aucun compte ne lui correspond. Si c’était vous, votre compte a peut-être une autre adresse.",
    ),
    ("email_verification_subject", "Votre code pour {product}"),
    ("email_verification_body", "Saisissez ce code pour confirmer votre adresse auprès de {product} :"),
    ("email_change_subject", "Votre code pour {product}"),
    ("email_change_body", "Saisissez ce code pour utiliser cette adresse avec votre compte {product} :"),
    ("email_in_use_subject", "Votre demande à {product}"),
    (
        "email_in_use_body",
        "Il a été demandé à {product} d’utiliser cette adresse pour un compte, mais elle ne peut pas être utilisée pour ce compte. Rien n’a été modifié.",
    ),
    ("email_changed_subject", "Votre compte {product}"),
    (
        "email_changed_body",
        "Votre compte {product} a désormais une autre adresse. Cette adresse ne permet plus de se connecter.",
    ),
    ("new_browser_subject", "Nouvelle connexion à {product}"),
    (
        "new_browser_body",
        "Une connexion à votre compte {product} a eu lieu depuis un nouveau navigateur :\n{browser}, {time}",
    ),
    ("password_changed_subject", "Votre compte {product}"),
    ("password_changed_body", "Le mot de passe de votre compte {product} a été modifié : {time}."),
    ("passkey_added_subject", "Votre compte {product}"),
    ("passkey_added_body", "Une clé d’accès a été ajoutée à votre compte {product} : {time}."),
    ("api_key_created_subject", "Votre compte {product}"),
    (
        "api_key_created_body",
        "Une clé d’API a été créée pour votre compte {product} : {time}. Si vous ne connaissez pas cette clé, révoquez-la dans les paramètres de votre compte.",
    ),
    ("access_granted_subject", "Votre compte {product}"),
    (
        "access_granted_body",
        "{client} a obtenu l’accès à votre compte {product} : {time}. Si vous ne l’avez pas autorisé, retirez cet accès dans les paramètres de votre compte.",
    ),
    ("second_factor_reset_subject", "Votre compte {product}"),
    (
        "second_factor_reset_body",
        "L’administration a supprimé le second facteur de votre compte {product} : {time}.",
    ),
    ("code_note", "Le code est valable 10 minutes, une seule fois, dans le navigateur où il a été demandé."),
    (
        "undo_note",
        "Si ce n’était pas vous, annulez la modification dans les 7 jours : ouvrez la page ci-dessous et saisissez ce code. Tous les appareils seront déconnectés. Choisissez ensuite un nouveau mot de passe.",
    ),
    ("link", "Ouvrir la page pour ce code"),
    (
        "not_you",
        "Si vous n’avez pas demandé ce message, vous pouvez l’ignorer. Ne communiquez ce code à personne.",
    ),
    (
        "not_you_notice",
        "Si c’était vous, vous pouvez ignorer ce message. Sinon, changez votre mot de passe et déconnectez tous les appareils.",
    ),
];
