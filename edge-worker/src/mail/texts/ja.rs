//! Japanese.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("sign_in_subject", "{product} のログインコード"),
    ("sign_in_body", "{product} にログインするには、次のコードを入力してください。"),
    ("sign_up_subject", "{product} のコード"),
    ("sign_up_body", "{product} のアカウントを作成するには、次のコードを入力してください。"),
    ("reauthentication_subject", "{product} のコード"),
    ("reauthentication_body", "ご本人であることを確認するため、次のコードを入力してください。"),
    ("password_reset_subject", "{product} のコード"),
    ("password_reset_body", "{product} の新しいパスワードを設定するには、次のコードを入力してください。"),
    ("no_account_subject", "{product} へのリクエスト"),
    (
        "no_account_body",
        "{product} でこのメールアドレス宛てのコードが要求されましたが、このアドレスのアカウントはありません。ご本人の場合は、別のアドレスで登録されている可能性があります。",
    ),
    ("email_verification_subject", "{product} のコード"),
    ("email_verification_body", "{product} でメールアドレスを確認するには、次のコードを入力してください。"),
    ("email_change_subject", "{product} のコード"),
    (
        "email_change_body",
        "このアドレスを {product} のアカウントで使用するには、次のコードを入力してください。",
    ),
    ("email_in_use_subject", "{product} へのリクエスト"),
    (
        "email_in_use_body",
        "{product} でこのアドレスをアカウントに使用するよう要求されましたが、そのアカウントには使用できません。変更は行われていません。",
    ),
    ("email_changed_subject", "{product} のアカウント"),
    (
        "email_changed_body",
        "{product} のアカウントのメールアドレスが変更されました。このアドレスではログインできなくなりました。",
    ),
    ("new_browser_subject", "{product} への新しいログイン"),
    (
        "new_browser_body",
        "新しいブラウザーから {product} のアカウントにログインがありました。\n{browser}、{time}",
    ),
    ("password_changed_subject", "{product} のアカウント"),
    ("password_changed_body", "{product} のアカウントのパスワードが変更されました（{time}）。"),
    ("passkey_added_subject", "{product} のアカウント"),
    ("passkey_added_body", "{product} のアカウントにパスキーが追加されました（{time}）。"),
    ("api_key_created_subject", "{product} のアカウント"),
    (
        "api_key_created_body",
        "{product} のアカウントに API キーが作成されました（{time}）。心当たりのないキーは、アカウントの設定で無効にしてください。",
    ),
    ("access_granted_subject", "{product} のアカウント"),
    (
        "access_granted_body",
        "{client} に {product} のアカウントへのアクセスが許可されました（{time}）。許可した覚えがない場合は、アカウントの設定でアクセスを取り消してください。",
    ),
    ("second_factor_reset_subject", "{product} のアカウント"),
    ("second_factor_reset_body", "管理者が {product} のアカウントの第二要素を解除しました（{time}）。"),
    ("code_note", "コードの有効期間は 10 分間です。要求したブラウザーで 1 回だけ使用できます。"),
    (
        "undo_note",
        "お心当たりがない場合は、7 日以内に変更を取り消してください。下のページを開き、このコードを入力すると、すべての端末がログアウトされます。その後、新しいパスワードを設定してください。",
    ),
    ("link", "このコードのページを開く"),
    ("not_you", "このメールに心当たりがない場合は、無視してください。コードは誰にも教えないでください。"),
    (
        "not_you_notice",
        "ご本人による操作の場合は、このメールを無視してください。心当たりがない場合は、パスワードを変更し、すべての端末をログアウトしてください。",
    ),
];
