//! The table of the service's routes.

use auth_core::wire::paths;

use super::{
    Context, account, admin, documents, introspect, password, reauthenticate, refresh, revoke, sessions,
    sign_in, sign_out, sign_up, ticket, verify,
};
use crate::config::Config;
use crate::http::Answered;

/// What a request must show before the route reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing: the route changes nothing, and what it answers depends on a token, or is public.
    Open,
    /// It comes from a page that may send it (`auth_core::gate::forgery_guard`), or from a program without
    /// cookies.
    Pages,
    /// It does not come from a page. The route requires a program's credential.
    Programs,
}

/// A route of the service.
#[derive(Debug)]
pub(super) struct Route {
    /// The path. `{id}` stands for one segment that is not empty.
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
    (($context:ident, $id:ident)
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

        /// Carries out an operation. `id` is the segment that the path's `{id}` stands for.
        pub(super) async fn carry_out(operation: Operation, $context: &mut Context, $id: &str) -> Answered {
            match operation { $(Operation::$operation => $handler,)* }
        }
    };
}

#[rustfmt::skip]
routes! { (context, id)
    Health           [GET HEAD] paths::HEALTH,                 Open,     always => documents::health();
    Jwks             [GET HEAD] paths::JWKS,                   Open,     always => documents::jwks(context).await;
    Metadata         [GET HEAD] paths::METADATA,               Open,     always => documents::metadata(context);
    ResourceMetadata [GET HEAD] paths::RESOURCE_METADATA,      Open,     always => documents::resource_metadata(context);

    SignUp           [POST]     paths::SIGN_UP,                Pages,    always => sign_up::handle(context).await;
    SignIn           [POST]     paths::SIGN_IN,                Pages,    always => sign_in::handle(context).await;
    Refresh          [POST]     paths::REFRESH,                Pages,    always => refresh::handle(context).await;
    SignOut          [POST]     paths::SIGN_OUT,               Pages,    always => sign_out::handle(context).await;
    Password         [POST]     paths::PASSWORD,               Pages,    has_passwords => password::handle(context).await;
    Reauthenticate   [POST]     paths::REAUTHENTICATE,         Pages,    always => reauthenticate::handle(context).await;
    DeleteAccount    [DELETE]   paths::ACCOUNT,                Pages,    has_passwords => account::delete(context).await;
    ListSessions     [GET]      paths::SESSIONS,               Open,     always => sessions::list(context).await;
    RevokeSession    [DELETE]   "/auth/sessions/{id}",         Pages,    always => sessions::revoke(context, id).await;
    Ticket           [POST]     paths::TICKET,                 Pages,    always => ticket::handle(context).await;
    Verify           [GET]      paths::VERIFY,                 Open,     always => verify::handle(context, verify::Approval::NoContent).await;

    Revoke           [POST]     paths::REVOKE,                 Programs, has_services => revoke::handle(context).await;
    Introspect       [POST]     paths::INTROSPECT,             Programs, has_services => introspect::handle(context).await;

    FindUser         [GET]      "/admin/users",                Programs, has_admins => admin::accounts::find(context).await;
    CreateUser       [POST]     "/admin/users",                Programs, has_admins_and_passwords => admin::accounts::create(context).await;
    ViewUser         [GET]      "/admin/users/{id}",           Programs, has_admins => admin::one_account::view(context, &id.into()).await;
    DeleteUser       [DELETE]   "/admin/users/{id}",           Programs, has_admins => admin::one_account::delete(context, &id.into()).await;
    SetRoles         [PUT]      "/admin/users/{id}/roles",     Programs, has_admins => admin::one_account::set_roles(context, &id.into()).await;
    Disable          [POST]     "/admin/users/{id}/disable",   Programs, has_admins => admin::one_account::disable(context, &id.into()).await;
    Enable           [POST]     "/admin/users/{id}/enable",    Programs, has_admins => admin::one_account::enable(context, &id.into()).await;
    ResetPassword    [POST]     "/admin/users/{id}/password",  Programs, has_admins_and_passwords => admin::one_account::reset_password(context, &id.into()).await;
    EndSessions      [POST]     "/admin/users/{id}/sign-out",  Programs, has_admins => admin::one_account::sign_out(context, &id.into()).await;
    Events           [GET]      "/admin/users/{id}/events",    Programs, has_admins => admin::one_account::events(context, &id.into()).await;
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

const fn has_services(config: &Config) -> bool {
    !config.service_credentials.is_empty()
}

const fn has_admins(config: &Config) -> bool {
    !config.admin_credentials.is_empty()
}

const fn has_admins_and_passwords(config: &Config) -> bool {
    has_admins(config) && has_passwords(config)
}

/// What the service has at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// One or more routes.
    Path {
        /// Their path, as in the table.
        path: &'static str,
        /// The segment that its `{id}` stands for, or empty.
        id: String,
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
    let found = ROUTES.iter().find_map(|route| {
        let id = id_in(route.path, path)?;
        Some(Found::Path { path: route.path, id: id.to_owned() })
    });
    Some(found.unwrap_or(Found::Nothing))
}

/// The segment of `path` that the `{id}` of the table's path stands for, or an empty text, if they match.
fn id_in<'p>(template: &str, path: &'p str) -> Option<&'p str> {
    let Some((before, after)) = template.split_once("{id}") else {
        return (template == path).then_some("");
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// The routes at a path of the table that exist with this configuration.
fn at<'c>(path: &'static str, config: &'c Config) -> impl Iterator<Item = &'static Route> + use<'c> {
    ROUTES.iter().filter(move |route| route.path == path && (route.exists)(config))
}

/// The route at a path of the table for this method.
pub(super) fn route(path: &'static str, method: &str, config: &Config) -> Option<&'static Route> {
    at(path, config).find(|route| route.methods.contains(&method))
}

/// An `Allow` header with the methods of a path of the table; `None` if nothing is there with this
/// configuration.
pub(super) fn allow(path: &'static str, config: &Config) -> Option<String> {
    let methods: Vec<&str> = at(path, config).flat_map(|route| route.methods).copied().collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

#[cfg(test)]
mod tests;
