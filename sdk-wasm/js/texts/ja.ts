import type { SignInTexts } from "../adapter/sign-in-texts.js";

export type { SignInErrorCode, SignInTexts, SignInWaysTexts } from "../adapter/sign-in-texts.js";

const misconfigured = "このページの設定に誤りがあります。運営者にお知らせください。";
const reload = "エラーが発生しました。ページを再読み込みして、もう一度お試しください。";

/** Japanese. */
export const ja: SignInTexts = {
  lang: "ja",
  email: "メールアドレス",
  password: "パスワード",
  reveal: "パスワードを表示",
  submit: { "sign-in": "ログイン", "sign-up": "アカウントを作成" },
  busy: { "sign-in": "ログインしています…", "sign-up": "アカウントを作成しています…" },
  switch: { "sign-in": "アカウントをお持ちでない方は作成", "sign-up": "アカウントをお持ちの方はログイン" },
  wait: "{in}にもう一度お試しください。",
  waitIsOver: "もう一度お試しいただけます。",
  problems: {
    email: "有効なメールアドレスを入力してください。",
    password: "パスワードを入力してください。",
    passwordRule: "{min}〜{max}文字。複数の単語を並べると覚えやすくなります。",
    passwordTooCommon: "このパスワードはよく使われています。別のものにしてください。",
  },
  ended: {
    none: "ログインしていません。",
    expired: "ログインから長い時間が経過したため、ログアウトしました。",
    idle: "しばらくご利用がなかったため、ログアウトしました。",
    revoked: "別の端末でログアウトされたか、パスワードが変更されました。",
    reused: "セッションのコピーが使われたため、安全のためログアウトしました。",
  },
  errors: {
    invalid_credentials: "メールアドレスまたはパスワードが正しくありません。",
    email_taken: "このメールアドレスのアカウントはすでにあります。",
    sign_up_closed: "ここでは新しいアカウントを作成できません。",
    sign_up_refused: "この内容ではアカウントを作成できません。",
    invalid_request: "サービスに受け付けられませんでした。",
    rate_limited: "試行回数が多すぎます。",
    unavailable: "現在サービスをご利用いただけません。",
    network: "接続がありません。入力内容は残っています。",
    timeout: "サービスから時間内に応答がありませんでした。入力内容は残っています。",
    bad_response: "サービスに接続できません。先にネットワークへのログインが必要かもしれません。",
    cookie_blocked: "ログイン状態を保つCookieがブロックされています。このサイトのCookieを許可してください。",
    vault_unavailable: "このページの一部を起動できませんでした。再読み込みするか、ブラウザーを更新してください。",
    service_worker_in_control: "このサイトのスクリプトがセッションを読み取れる状態です。再読み込みしてください。",
    signed_out: "別のタブでログアウトされました。もう一度お試しください。",
    disposed: reload,
    not_found: reload,
    method_not_allowed: reload,
    unsupported_media_type: reload,
    too_large: "入力内容が長すぎます。",
    request_forgery: misconfigured,
    invalid_options: misconfigured,
  },
  unknown: reload,
  ways: async () => (await import("./ways/ja.js")).ja,
};
