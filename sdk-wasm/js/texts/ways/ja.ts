import type { SignInWaysTexts } from "../../adapter/sign-in-texts.js";

/** Japanese. */
export const ja: SignInWaysTexts = {
  or: "または",
  passkey: { "sign-in": "パスキーでログイン", "sign-up": "パスキーで登録" },
  sendCode: "メールでコードを受け取る",
  provider: "{provider}で続ける",
  forgot: "パスワードをお忘れの方",
  back: "戻る",
  title: {
    code: "コードの入力",
    forgot: "パスワードの再設定",
    reset: "新しいパスワードの設定",
    link: "コード",
    totp: "ご本人の確認",
    recovery_code: "ご本人の確認",
    passkey: "ご本人の確認",
  },
  intro: {
    code: "{email}でログインできる場合、このアドレスにコードを送信しました。コードはこのブラウザーでのみ、10分間有効です。",
    forgot: "メールアドレスを入力してください。新しいパスワードを設定するためのコードをお送りします。",
    reset:
      "{email}のアカウントがある場合、このアドレスにコードを送信しました。コードはこのブラウザーでのみ、10分間有効です。",
    link: "コードを申請したブラウザーに、このコードを入力してください。",
    totp: "認証アプリに表示されているコードを入力してください。",
    recovery_code: "リカバリーコードを1つ入力してください。それぞれ1回だけ使えます。",
    passkey: "パスキーを使ってください。",
  },
  submit: {
    code: "ログイン",
    forgot: "コードを送信",
    reset: "パスワードを変更",
    totp: "確認",
    recovery_code: "確認",
    passkey: "パスキーを使う",
  },
  instead: {
    totp: "認証アプリを使う",
    recovery_code: "リカバリーコードを使う",
    passkey: "パスキーを使う",
  },
  busy: {
    "send-code": "コードを送信しています…",
    "verify-code": "ログインしています…",
    forgot: "コードを送信しています…",
    reset: "パスワードを変更しています…",
    "use-passkey": "ブラウザーでパスキーを確認しています…",
    "create-passkey": "ブラウザーでパスキーを作成しています…",
    provider: "{provider}に移動しています…",
    "second-factor": "確認しています…",
  },
  code: { mail: "メールのコード", totp: "アプリのコード", recovery_code: "リカバリーコード" },
  codeRule: { mail: "英字8文字", totp: "数字6桁", recovery_code: "英字16文字" },
  newPassword: "新しいパスワード",
  resend: "コードを再送信",
  resendLater: "{in}に再送信できます",
  errors: {
    code_invalid: "コードが正しくありません。",
    challenge_expired: "有効期限が切れました。もう一度やり直してください。",
    provider_failed: "外部サービスでのログインに失敗しました。",
    mail_unavailable: "メールを送信できませんでした。",
    cancelled: "パスキーは使われませんでした。もう一度試すか、別の方法を選んでください。",
    provider_conflict:
      "このメールアドレスのアカウントはすでにあります。別の方法でログインしてから、アカウントの設定で連携してください。",
  },
};
