//! The table of the service's routes.

use auth_core::oauth::Registration;
use auth_core::wire::paths;

use super::{
    Context, account, admin, api_keys, documents, email_change, email_code, email_verification, grants,
    introspect, methods, passkey, passkeys, password, password_reset, profile, providers, reauthenticate,
    refresh, revoke, second_factor, sessions, sign_in, sign_out, sign_up, ticket, token, verify,
};
use crate::config::Config;
use crate::http::Answered;
use crate::oauth;
use crate::objects::protocol::api_key::KeyChange;

/// What a request must show before the route reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing: the route changes nothing, and what it answers depends on a token, or is public.
    Open,
    /// Nothing: a public document. Pages of any origin may read it.
    Public,
    /// It comes from a page that may send it (`auth_core::gate::forgery_guard`), or from a program without
    /// cookies.
    Pages,
    /// Nothing here: the request counts only with the flow of its browser, which the route requires. The page
    /// of another provider causes it, so it has none of the signs of the app's pages.
    Flow,
    /// Nothing: another site sends the browser here. The route changes nothing.
    Navigation,
    /// It is a form that a page of the service's own origin posts.
    Form,
    /// Nothing: an OAuth client sends it, perhaps from a page of another origin. No cookie is read; what counts is what
    /// the request contains. Pages of any origin may read the response, without credentials.
    Clients,
    /// It does not come from a page. The route requires a program's credential.
    Programs,
}

/// A route of the service.
#[derive(Debug)]
pub(super) struct Route {
    /// The path. `{id}`, and `{key}` after it, stand for one segment each that is not empty.
    path: &'static str,
    /// The methods, in upper case.
    methods: &'static [&'static str],
    pub(super) guard: Guard,
    /// Whether the route exists with this configuration.
    exists: fn(&Config) -> bool,
    pub(super) operation: Operation,
}

/// Declares the routes: an [`Operation`] for each, the table, and the function that carries an operation out.
macro_rules! routes {
    (($context:ident, $id:ident, $key:ident)
        $($operation:ident [$($method:ident)+] $path:expr, $guard:ident, $exists:ident => $handler:expr;)*
    ) => {
        /// The operations of the service, one per route.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Operation { $($operation,)* }

        /// Every route.
        const ROUTES: &[Route] = &[$(Route {
            path: $path,
            methods: &[$(stringify!($method)),+],
            guard: Guard::$guard,
            exists: $exists,
            operation: Operation::$operation,
        }),*];

        /// Carries out an operation. `id` and `key` are the segments that the path's `{id}` and `{key}` stand for.
        pub(super) async fn carry_out(
            operation: Operation,
            $context: &mut Context,
            ($id, $key): (&str, &str),
        ) -> Answered {
            match operation { $(Operation::$operation => $handler,)* }
        }
    };
}

#[rustfmt::skip]
routes! { (context, id, key)
    Health           [GET HEAD] paths::HEALTH,                 Open,     always => documents::health();
    Jwks             [GET HEAD] paths::JWKS,                   Public,   always => documents::jwks(context).await;
    Metadata         [GET HEAD] paths::METADATA,               Public,   always => documents::metadata(context);
    OpenIdMetadata   [GET HEAD] paths::OPENID_CONFIGURATION,   Public,   has_oauth => documents::metadata(context);
    RelatedOrigins   [GET HEAD] paths::RELATED_ORIGINS,        Open,     has_passkeys => documents::related_origins(context);
    ResourceMetadata [GET HEAD] paths::RESOURCE_METADATA,      Public,   always => documents::resource_metadata(context, id);

    Methods          [GET HEAD] paths::METHODS,                Open,     always => methods::list(context, has_mail(&context.config), has_email_codes(&context.config));
    EmailCode        [POST]     paths::EMAIL_CODE,             Pages,    has_email_codes => email_code::request(context).await;
    EmailCodeVerify  [POST]     paths::EMAIL_CODE_VERIFY,      Pages,    has_email_codes => email_code::verify(context).await;
    SignUp           [POST]     paths::SIGN_UP,                Pages,    always => sign_up::handle(context).await;
    SignIn           [POST]     paths::SIGN_IN,                Pages,    always => sign_in::handle(context).await;
    Refresh          [POST]     paths::REFRESH,                Pages,    always => refresh::handle(context).await;
    SignOut          [POST]     paths::SIGN_OUT,               Pages,    always => sign_out::handle(context).await;
    Password         [POST]     paths::PASSWORD,               Pages,    has_passwords => password::handle(context).await;
    ForgotPassword   [POST]     paths::PASSWORD_FORGOT,        Pages,    has_mail => password_reset::forgot(context).await;
    RecoverPassword  [POST]     paths::PASSWORD_RESET,         Pages,    has_mail => password_reset::reset(context).await;
    EmailVerification [POST]    paths::EMAIL_VERIFICATION,     Pages,    has_mail => email_verification::request(context).await;
    VerifyEmail      [POST]     paths::EMAIL_VERIFY,           Pages,    has_mail => email_verification::verify(context).await;
    ChangeEmail      [POST]     paths::EMAIL_CHANGE,           Pages,    has_mail => email_change::request(context).await;
    VerifyNewEmail   [POST]     paths::EMAIL_CHANGE_VERIFY,    Pages,    has_mail => email_change::verify(context).await;
    UndoEmailChange  [POST]     paths::EMAIL_CHANGE_UNDO,      Pages,    has_mail => email_change::undo(context).await;
    Reauthenticate   [POST]     paths::REAUTHENTICATE,         Pages,    always => reauthenticate::handle(context).await;
    SecondFactor     [POST]     paths::SECOND_FACTOR,          Pages,    always => second_factor::verify(context).await;
    BeginTotp        [POST]     paths::TOTP,                   Pages,    always => second_factor::enrolment::begin(context).await;
    RemoveTotp       [DELETE]   paths::TOTP,                   Pages,    always => second_factor::enrolment::remove(context).await;
    ConfirmTotp      [POST]     paths::TOTP_CONFIRM,           Pages,    always => second_factor::enrolment::confirm(context).await;
    RecoveryCodes    [POST]     paths::RECOVERY_CODES,         Pages,    always => second_factor::enrolment::renew_codes(context).await;
    DeleteAccount    [DELETE]   paths::ACCOUNT,                Pages,    has_passwords => account::delete(context).await;
    PasskeyOptions   [POST]     paths::PASSKEYS_OPTIONS,       Pages,    has_passkeys => passkeys::options(context).await;
    AddPasskey       [POST]     paths::PASSKEYS,               Pages,    has_passkeys => passkeys::register(context).await;
    ListPasskeys     [GET]      paths::PASSKEYS,               Open,     has_passkeys => passkeys::list(context).await;
    RenamePasskey    [PATCH]    "/auth/passkeys/{id}",         Pages,    has_passkeys => passkeys::rename(context, id).await;
    RemovePasskey    [DELETE]   "/auth/passkeys/{id}",         Pages,    has_passkeys => passkeys::remove(context, id).await;
    UsePasskey       [POST]     paths::PASSKEY_OPTIONS,        Pages,    has_passkeys => passkey::options(context).await;
    PasskeySignIn    [POST]     paths::PASSKEY_SIGN_IN,        Pages,    has_passkeys => passkey::sign_in(context).await;
    ChangeProfile    [PATCH]    paths::PROFILE,                Pages,    always => profile::change(context).await;
    ListSessions     [GET]      paths::SESSIONS,               Open,     always => sessions::list(context).await;
    RevokeSession    [DELETE]   "/auth/sessions/{id}",         Pages,    always => sessions::revoke(context, id).await;
    CreateApiKey     [POST]     paths::API_KEYS,               Pages,    has_api_keys => api_keys::create(context).await;
    ListApiKeys      [GET]      paths::API_KEYS,               Open,     has_api_keys => api_keys::list(context).await;
    RevokeApiKeys    [DELETE]   paths::API_KEYS,               Pages,    has_api_keys => api_keys::revoke(context, KeyChange::RevokeAll).await;
    RenameApiKey     [PATCH]    "/auth/api-keys/{id}",         Pages,    has_api_keys => api_keys::rename(context, id).await;
    RevokeApiKey     [DELETE]   "/auth/api-keys/{id}",         Pages,    has_api_keys => api_keys::revoke(context, KeyChange::Revoke(id.into())).await;
    ListGrants       [GET]      paths::GRANTS,                 Open,     has_oauth => grants::list(context).await;
    WithdrawGrant    [DELETE]   "/auth/grants/{id}",           Pages,    has_oauth => grants::withdraw(context, id).await;
    Token            [POST]     paths::TOKEN,                  Programs, has_api_keys => token::exchange(context).await;
    Ticket           [POST]     paths::TICKET,                 Pages,    always => ticket::handle(context).await;
    Verify           [GET]      paths::VERIFY,                 Open,     always => verify::handle(context, verify::Approval::NoContent).await;

    ProviderStart    [GET]      "/auth/providers/{id}/start",  Open,     has_providers => providers::start(context, id).await;
    ProviderReturned [GET]      "/auth/providers/{id}/callback", Flow,   has_providers => providers::returned(context, id).await;
    ProviderPosted   [POST]     "/auth/providers/{id}/callback", Flow,   has_providers => providers::posted(context, id).await;
    ListLinked       [GET]      "/auth/providers/linked",      Open,     always => providers::list(context).await;
    LinkProvider     [POST]     "/auth/providers/{id}/link",   Pages,    has_providers => providers::link(context, id).await;
    UnlinkProvider   [DELETE]   "/auth/providers/{id}",        Pages,    always => providers::unlink(context, id).await;

    Revoke           [POST]     paths::REVOKE,                 Programs, has_services => revoke::handle(context).await;
    Introspect       [POST]     paths::INTROSPECT,             Programs, has_services => introspect::handle(context).await;

    Authorize        [GET]      paths::OAUTH_AUTHORIZE,        Navigation, has_oauth => oauth::authorize::asked(context).await;
    AuthorizePosted  [POST]     paths::OAUTH_AUTHORIZE,        Navigation, has_oauth => oauth::authorize::posted(context).await;
    Consent          [GET]      paths::OAUTH_CONSENT,          Navigation, has_oauth => oauth::consent::view(context).await;
    Consented        [POST]     paths::OAUTH_CONSENT,          Form,     has_oauth => oauth::consent::decide(context).await;
    Device           [GET]      paths::OAUTH_DEVICE,           Navigation, has_oauth => oauth::device::view(context).await;
    DeviceDecided    [POST]     paths::OAUTH_DEVICE,           Form,     has_oauth => oauth::device::decide(context).await;
    DeviceBegins     [POST]     paths::OAUTH_DEVICE_AUTHORIZATION, Clients, has_oauth => oauth::device_authorization::handle(context).await;
    PushRequest      [POST]     paths::OAUTH_PAR,              Clients,  has_oauth => oauth::pushed_request::handle(context).await;
    RegisterClient   [POST]     paths::OAUTH_REGISTER,         Clients,  has_registration => oauth::registration::handle(context).await;
    OAuthToken       [POST]     paths::OAUTH_TOKEN,            Clients,  has_oauth => oauth::token::handle(context).await;
    OAuthRevoke      [POST]     paths::OAUTH_REVOKE,           Clients,  has_oauth => oauth::revocation::handle(context).await;
    OAuthIntrospect  [POST]     paths::OAUTH_INTROSPECT,       Clients,  has_oauth => oauth::introspection::handle(context).await;
    UserInfo         [GET POST] paths::OAUTH_USERINFO,         Clients,  has_oauth => oauth::userinfo::handle(context).await;

    FindUser         [GET]      "/admin/users",                Programs, has_admins => admin::accounts::find(context).await;
    CreateUser       [POST]     "/admin/users",                Programs, has_admins_and_passwords => admin::accounts::create(context).await;
    ViewUser         [GET]      "/admin/users/{id}",           Programs, has_admins => admin::one_account::view(context, &id.into()).await;
    DeleteUser       [DELETE]   "/admin/users/{id}",           Programs, has_admins => admin::one_account::delete(context, &id.into()).await;
    SetRoles         [PUT]      "/admin/users/{id}/roles",     Programs, has_admins => admin::one_account::set_roles(context, &id.into()).await;
    SetMetadata      [PUT]      "/admin/users/{id}/metadata",  Programs, has_admins => admin::one_account::set_metadata(context, &id.into()).await;
    Disable          [POST]     "/admin/users/{id}/disable",   Programs, has_admins => admin::one_account::disable(context, &id.into()).await;
    Enable           [POST]     "/admin/users/{id}/enable",    Programs, has_admins => admin::one_account::enable(context, &id.into()).await;
    ResetPassword    [POST]     "/admin/users/{id}/password",  Programs, has_admins_and_passwords => admin::one_account::reset_password(context, &id.into()).await;
    ResetFactor      [DELETE]   "/admin/users/{id}/second-factor", Programs, has_admins => admin::one_account::reset_second_factor(context, &id.into()).await;
    EndSessions      [POST]     "/admin/users/{id}/sign-out",  Programs, has_admins => admin::one_account::sign_out(context, &id.into()).await;
    Events           [GET]      "/admin/users/{id}/events",    Programs, has_admins => admin::one_account::events(context, &id.into()).await;
    ProviderTokens   [GET]      "/admin/users/{id}/provider-tokens", Programs, has_admins => providers::read_tokens(context, &id.into()).await;
    AddUserApiKey    [POST]     "/admin/users/{id}/api-keys",  Programs, has_admins_and_api_keys => admin::api_keys::create(context, &id.into()).await;
    UserApiKeys      [GET]      "/admin/users/{id}/api-keys",  Programs, has_admins_and_api_keys => admin::api_keys::list(context, &id.into()).await;
    EndUserApiKeys   [DELETE]   "/admin/users/{id}/api-keys",  Programs, has_admins_and_api_keys => admin::api_keys::revoke(context, &id.into(), KeyChange::RevokeAll).await;
    NameUserApiKey   [PATCH]    "/admin/users/{id}/api-keys/{key}", Programs, has_admins_and_api_keys => admin::api_keys::rename(context, &id.into(), key).await;
    EndUserApiKey    [DELETE]   "/admin/users/{id}/api-keys/{key}", Programs, has_admins_and_api_keys => admin::api_keys::revoke(context, &id.into(), KeyChange::Revoke(key.into())).await;
    UserGrants       [GET]      "/admin/users/{id}/grants",    Programs, has_admins_and_oauth => admin::grants::list(context, &id.into()).await;
    EndUserGrant     [DELETE]   "/admin/users/{id}/grants/{key}", Programs, has_admins_and_oauth => admin::grants::withdraw(context, &id.into(), key).await;
    CreateClient     [POST]     "/admin/clients",              Programs, has_admins_and_oauth => admin::clients::create(context).await;
    ListClients      [GET]      "/admin/clients",              Programs, has_admins_and_oauth => admin::clients::list(context).await;
    ViewClient       [GET]      "/admin/clients/{id}",         Programs, has_admins_and_oauth => admin::clients::view(context, id).await;
    ChangeClient     [PUT]      "/admin/clients/{id}",         Programs, has_admins_and_oauth => admin::clients::change(context, id).await;
    DeleteClient     [DELETE]   "/admin/clients/{id}",         Programs, has_admins_and_oauth => admin::clients::delete(context, id).await;
    AddClientSecret  [POST]     "/admin/clients/{id}/secret",  Programs, has_admins_and_oauth => admin::clients::add_secret(context, id).await;
    EndClientSecrets [DELETE]   "/admin/clients/{id}/earlier-secrets", Programs, has_admins_and_oauth => admin::clients::end_earlier_secrets(context, id).await;
    ListKeys         [GET]      "/admin/keys",                 Programs, has_admins => admin::keys::list(context).await;
    RotateKeys       [POST]     "/admin/keys/rotate",          Programs, has_admins => admin::keys::rotate(context).await;
    RetireKey        [POST]     "/admin/keys/{id}/retire",     Programs, has_admins => admin::keys::retire(context, id).await;
}

const fn always(_: &Config) -> bool {
    true
}

/// External credentials leave nothing to do for operations that need or set a password.
const fn has_passwords(config: &Config) -> bool {
    config.elsewhere.is_none()
}

/// Codes for sign-ins need mail, and the accounts to be here.
const fn has_email_codes(config: &Config) -> bool {
    config.email_code && has_mail(config)
}

/// Operations that need mail. An external system that keeps the passwords also keeps the addresses.
const fn has_mail(config: &Config) -> bool {
    config.mail.is_some() && has_passwords(config)
}

const fn has_providers(config: &Config) -> bool {
    !config.providers.is_empty()
}

const fn has_passkeys(config: &Config) -> bool {
    config.passkeys.is_some()
}

const fn has_services(config: &Config) -> bool {
    !config.service_credentials.is_empty()
}

const fn has_admins(config: &Config) -> bool {
    !config.admin_credentials.is_empty()
}

const fn has_admins_and_passwords(config: &Config) -> bool {
    has_admins(config) && has_passwords(config)
}

const fn has_api_keys(config: &Config) -> bool {
    config.api_keys.is_some()
}

const fn has_oauth(config: &Config) -> bool {
    config.oauth.is_some()
}

const fn has_admins_and_oauth(config: &Config) -> bool {
    has_admins(config) && has_oauth(config)
}

fn has_registration(config: &Config) -> bool {
    config.oauth.as_ref().is_some_and(|oauth| oauth.registration == Registration::Open)
}

const fn has_admins_and_api_keys(config: &Config) -> bool {
    has_admins(config) && has_api_keys(config)
}

/// What the service has at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// One or more routes.
    Path {
        /// Their path, as in the table.
        path: &'static str,
        /// The segment that its `{id}` stands for, or empty. With [`paths::RESOURCE_METADATA`]: the path of the resource.
        id: String,
        /// The segment that its `{key}` stands for, or empty.
        key: String,
    },
    /// `/auth/verify` followed by the path about which a proxy asks. The method is that of the original
    /// request.
    Verify,
    /// The path belongs to the service, but nothing is there.
    Nothing,
}

/// Looks up a path; `None` if it belongs to the gate.
#[must_use]
pub fn find(path: &str) -> Option<Found> {
    if !paths::is_of_service(path) {
        return None;
    }
    if path.strip_prefix(paths::VERIFY).is_some_and(|appended| appended.starts_with('/')) {
        return Some(Found::Verify);
    }
    // RFC 9728 section 3.1: the document of a resource is at this path, followed by the resource's own.
    if let Some(resource) = path.strip_prefix(paths::RESOURCE_METADATA).filter(|rest| rest.starts_with('/')) {
        let (path, id, key) = (paths::RESOURCE_METADATA, resource.to_owned(), String::new());
        return Some(Found::Path { path, id, key });
    }
    let found = ROUTES.iter().find_map(|route| {
        let (id, key) = parts_in(route.path, path)?;
        Some(Found::Path { path: route.path, id: id.to_owned(), key: key.to_owned() })
    });
    Some(found.unwrap_or(Found::Nothing))
}

/// The segments of `path` that the `{id}` and the `{key}` of the table's path stand for, or empty texts, if they
/// match.
fn parts_in<'p>(template: &str, path: &'p str) -> Option<(&'p str, &'p str)> {
    let Some((before, after)) = template.split_once("{id}") else {
        return (template == path).then_some(("", ""));
    };
    let is_segment = |text: &str| !text.is_empty() && !text.contains('/');
    let rest = path.strip_prefix(before)?;
    let (id, key) = match after.strip_suffix("{key}") {
        Some(between) => rest.split_once(between).filter(|(_, key)| is_segment(key))?,
        None => (rest.strip_suffix(after)?, ""),
    };
    is_segment(id).then_some((id, key))
}

/// The routes at a path of the table that exist with this configuration.
fn at<'c>(path: &'static str, config: &'c Config) -> impl Iterator<Item = &'static Route> + use<'c> {
    ROUTES.iter().filter(move |route| route.path == path && (route.exists)(config))
}

/// The route at a path of the table for this method.
pub(super) fn route(path: &'static str, method: &str, config: &Config) -> Option<&'static Route> {
    at(path, config).find(|route| route.methods.contains(&method))
}

/// Whether pages of any origin may read what the routes at a path of the table answer.
pub(super) fn is_for_any_origin(path: &'static str, config: &Config) -> bool {
    at(path, config).any(|route| matches!(route.guard, Guard::Public | Guard::Clients))
}

/// An `Allow` header with the methods of a path of the table; `None` if nothing is there with this
/// configuration.
pub(super) fn allow(path: &'static str, config: &Config) -> Option<String> {
    let methods: Vec<&str> = at(path, config).flat_map(|route| route.methods).copied().collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

#[cfg(test)]
mod tests;
