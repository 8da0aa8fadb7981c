//! German.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("sign_in_subject", "Ihr Anmeldecode für {product}"),
    ("sign_in_body", "Geben Sie diesen Code ein, um sich bei {product} anzumelden:"),
    ("sign_up_subject", "Ihr Code für {product}"),
    ("sign_up_body", "Geben Sie diesen Code ein, um Ihr Konto bei {product} anzulegen:"),
    ("reauthentication_subject", "Ihr Code für {product}"),
    ("reauthentication_body", "Geben Sie diesen Code ein, um zu bestätigen, dass Sie es sind:"),
    ("password_reset_subject", "Ihr Code für {product}"),
    ("password_reset_body", "Geben Sie diesen Code ein, um ein neues Passwort für {product} zu wählen:"),
    ("no_account_subject", "Ihre Anfrage an {product}"),
    (
        "no_account_body",
        "Bei {product} wurde ein Code für diese Adresse angefordert, aber es gibt kein Konto mit ihr. Falls Sie das waren, hat Ihr Konto vielleicht eine andere Adresse.",
    ),
    ("email_verification_subject", "Ihr Code für {product}"),
    ("email_verification_body", "Geben Sie diesen Code ein, um Ihre Adresse bei {product} zu bestätigen:"),
    ("email_change_subject", "Ihr Code für {product}"),
    (
        "email_change_body",
        "Geben Sie diesen Code ein, um diese Adresse für Ihr Konto bei {product} zu verwenden:",
    ),
    ("email_in_use_subject", "Ihre Anfrage an {product}"),
    (
        "email_in_use_body",
        "Bei {product} sollte diese Adresse für ein Konto verwendet werden, sie kann aber für dieses Konto nicht verwendet werden. Es wurde nichts geändert.",
    ),
    ("email_changed_subject", "Ihr Konto bei {product}"),
    (
        "email_changed_body",
        "Ihr Konto bei {product} hat jetzt eine andere Adresse. Mit dieser Adresse können Sie sich nicht mehr anmelden.",
    ),
    ("new_browser_subject", "Neue Anmeldung bei {product}"),
    (
        "new_browser_body",
        "In Ihrem Konto bei {product} gab es eine Anmeldung mit einem neuen Browser:\n{browser}, {time}",
    ),
    ("password_changed_subject", "Ihr Konto bei {product}"),
    ("password_changed_body", "Das Passwort Ihres Kontos bei {product} wurde geändert: {time}."),
    ("passkey_added_subject", "Ihr Konto bei {product}"),
    ("passkey_added_body", "Zu Ihrem Konto bei {product} wurde ein Passkey hinzugefügt: {time}."),
    ("api_key_created_subject", "Ihr Konto bei {product}"),
    (
        "api_key_created_body",
        "Zu Ihrem Konto bei {product} wurde ein API-Schlüssel erstellt: {time}. Wenn Sie den Schlüssel nicht kennen, widerrufen Sie ihn in den Einstellungen Ihres Kontos.",
    ),
    ("access_granted_subject", "Ihr Konto bei {product}"),
    (
        "access_granted_body",
        "{client} hat Zugriff auf Ihr Konto bei {product} bekommen: {time}. Wenn Sie das nicht erlaubt haben, nehmen Sie den Zugriff in den Einstellungen Ihres Kontos zurück.",
    ),
    ("second_factor_reset_subject", "Ihr Konto bei {product}"),
    (
        "second_factor_reset_body",
        "Der zweite Faktor Ihres Kontos bei {product} wurde durch die Verwaltung entfernt: {time}.",
    ),
    ("code_note", "Der Code gilt 10 Minuten lang, einmal, in dem Browser, in dem er angefordert wurde."),
    (
        "undo_note",
        "Falls Sie das nicht waren, machen Sie die Änderung innerhalb von 7 Tagen rückgängig: Öffnen Sie die Seite unten und geben Sie diesen Code ein. Alle Geräte werden dann abgemeldet. Wählen Sie danach ein neues Passwort.",
    ),
    ("link", "Seite für diesen Code öffnen"),
    (
        "not_you",
        "Falls Sie diese Mail nicht angefordert haben, können Sie sie ignorieren. Geben Sie den Code an niemanden weiter.",
    ),
    (
        "not_you_notice",
        "Falls Sie das waren, können Sie diese Mail ignorieren. Falls nicht, ändern Sie Ihr Passwort und melden Sie alle Geräte ab.",
    ),
];
