//! `GET` and `POST /oauth/consent`: the user signs in and decides about a request that was checked before.

use std::rc::Rc;

use auth_core::oauth::consent::{Given, Required, SignedIn, Step, Unmet, form_proof, next_step};
use auth_core::oauth::{
    AuthorizationResponse, CODE_LIFETIME, Client, CodeTerms, OAuthError, OAuthFailure, RedirectUri,
    RequestPurpose, SealedRequest,
};
use auth_core::wire::Form;

use super::authorize::{consent_path, is_still_permitted, refuse};
use super::browser::{
    SignedInUser, as_page, described, locale_of, redirect, requester, say, service_of, sign_in,
};
use super::clients;
use super::code;
use super::pages::{self, Consent, Message, Service};
use crate::context::Context;
use crate::http::{Answered, Refusal};
use crate::objects::client::{self, Keys};
use crate::objects::protocol::oauth::Consented;
use crate::platform::now;
use crate::service::body;

/// A request of a known client, to which its redirect URI still belongs.
struct Opened {
    /// As it is in URLs and forms.
    text: String,
    sealed: SealedRequest,
    client: Rc<Client>,
    redirect_uri: RedirectUri,
    keys: Rc<Keys>,
}

impl Opened {
    /// The path to which a browser returns that has no session now.
    fn path_after_sign_out(&self) -> String {
        let sealed = self.sealed.after_sign_out();
        consent_path(&sealed.seal(RequestPurpose::Consent, &self.keys.refresh_keys))
    }
}

/// Shows the page, or answers the client if no page is needed.
pub(crate) async fn view(context: &Context) -> Answered {
    let query = context.incoming.head.query();
    let query = Form::parse(query.strip_prefix('?').unwrap_or_default().as_bytes()).ok();
    let answered = async {
        let Some(opened) = open(context, query.as_ref()).await? else {
            return say(context, Message::Expired, None);
        };
        let user = SignedInUser::of(context).await?;
        proceed(context, &opened, user, None, 302).await
    };
    as_page(context, answered.await)
}

/// What the user has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Allow,
    Deny,
    /// End this session, and sign in to the same or another account.
    SignIn,
}

/// The page's form.
pub(crate) async fn decide(context: &mut Context) -> Answered {
    let form = body::read_form(&mut context.incoming).await;
    let context = &*context;
    let answered = async { answer(context, &form?).await };
    as_page(context, answered.await)
}

async fn answer(context: &Context, form: &Form) -> Answered {
    let Some(opened) = open(context, Some(form)).await? else { return say(context, Message::Expired, None) };
    let decision = match form.get("decision") {
        Some("allow") => Decision::Allow,
        Some("deny") => Decision::Deny,
        Some("other_account" | "sign_in_again") => Decision::SignIn,
        Some(_) | None => {
            return Err(Refusal::invalid(Some("decision"), "The decision is missing or unknown."));
        }
    };
    // If the session has ended, or is another one than that of the page, the user decides again.
    let user = SignedInUser::of(context).await?;
    let Some(user) = user else { return proceed(context, &opened, None, None, 303).await };
    if !user.has_written(&opened.keys, &opened.text, form) {
        return proceed(context, &opened, Some(user), None, 303).await;
    }
    match decision {
        Decision::Allow => proceed(context, &opened, Some(user), Some(decision), 303).await,
        Decision::Deny => {
            let failure = OAuthFailure::new(OAuthError::AccessDenied, "The user has denied the request.");
            let (request, issuer) = (&opened.sealed.request, &context.config.issuer);
            let denied = AuthorizationResponse::Error(failure);
            redirect(303, &denied.url(&request.redirect_uri, request.state.as_deref(), issuer))
        }
        Decision::SignIn => user.sign_out(context, &opened.path_after_sign_out()).await,
    }
}

/// Opens the request of a query or a form. `None` if it has expired, or is not permitted any more.
async fn open(context: &Context, form: Option<&Form>) -> Result<Option<Opened>, Refusal> {
    let Some(text) = form.and_then(|form| form.get("request")) else { return Ok(None) };
    let keys = client::keys(&context.env).await?;
    let opened = SealedRequest::open(text, RequestPurpose::Consent, &keys.refresh_keys, now());
    let Some(sealed) = opened else { return Ok(None) };
    let Some(client) = clients::find(context, &sealed.request.client_id).await? else { return Ok(None) };
    let redirect_uri = RedirectUri::parse(&sealed.request.redirect_uri).ok();
    let permitted = redirect_uri.filter(|_| is_still_permitted(&sealed, &client));
    Ok(permitted.map(|redirect_uri| Opened { text: text.to_owned(), sealed, client, redirect_uri, keys }))
}

/// Carries out the next step. `decision` is what the user has decided, if they were asked.
async fn proceed(
    context: &Context,
    opened: &Opened,
    user: Option<SignedInUser>,
    decision: Option<Decision>,
    status: u16,
) -> Answered {
    let request = &opened.sealed.request;
    let refused = |failure| {
        let answer = (&*request.redirect_uri, request.state.as_deref());
        refuse(context, &opened.client, status, answer, failure)
    };
    let required = Required::of(&opened.sealed);
    let mut given = Given {
        first_party: opened.client.first_party,
        remembered: false,
        is_proved_client: !opened.redirect_uri.is_loopback() && !opened.redirect_uri.is_private_use(),
    };
    let Some(user) = user else {
        return match next_step(required, None, given, now()) {
            Step::Refuse(unmet) => refused(failure(unmet)),
            Step::SignIn | Step::SignInAgain | Step::Ask | Step::Issue => {
                sign_in(context, status, &opened.path_after_sign_out())
            }
        };
    };
    if decision.is_none() && given.is_proved_client && !given.first_party {
        given.remembered = is_remembered(context, opened, &user).await?;
    }
    let signed_in = SignedIn {
        authenticated_at: user.session.authenticated_at,
        assurance: user.session.assurance(),
        second_factor: user.session.second_factor
            || (context.config.passkeys.is_some() && user.session.passkeys > 0),
    };
    match next_step(required, Some(signed_in), given, now()) {
        Step::Refuse(unmet) => refused(failure(unmet)),
        Step::SignIn => sign_in(context, status, &opened.path_after_sign_out()),
        Step::SignInAgain => show(context, opened, &user, pages::sign_in_again),
        Step::Ask if decision == Some(Decision::Allow) => issue(context, opened, &user, status).await,
        Step::Ask => show(context, opened, &user, pages::consent),
        Step::Issue => issue(context, opened, &user, status).await,
    }
}

/// Whether the user has consented to all that is requested before.
async fn is_remembered(context: &Context, opened: &Opened, user: &SignedInUser) -> Result<bool, Refusal> {
    let request = &opened.sealed.request;
    let call = Consented {
        client_id: request.client_id.clone(),
        scope: request.scope.clone(),
        resource: request.resource.clone(),
    };
    Ok(client::account(&context.env, &user.session.account, &call).await?.unwrap_or(false))
}

const fn failure(unmet: Unmet) -> OAuthFailure {
    match unmet {
        Unmet::LoginRequired => {
            OAuthFailure::new(OAuthError::LoginRequired, "The user would have to sign in.")
        }
        Unmet::ConsentRequired => OAuthFailure::new(OAuthError::ConsentRequired, "The user would be asked."),
        Unmet::UnmetAuthenticationRequirements => OAuthFailure::new(
            OAuthError::UnmetAuthenticationRequirements,
            "The user can not reach any of the acr_values.",
        ),
    }
}

/// Shows one of the pages about the request to the user of this session.
fn show(
    context: &Context,
    opened: &Opened,
    user: &SignedInUser,
    page: impl FnOnce(Service<'_>, &Consent<'_>) -> Answered,
) -> Answered {
    let request = &opened.sealed.request;
    let proof = form_proof(&opened.keys.refresh_keys.active, &user.session.id, &opened.text);
    let locale = locale_of(context, Some(user));
    let asked = Consent {
        client: requester(&opened.client),
        redirect_uri: &opened.redirect_uri,
        address: user.address(),
        scopes: &described(context, &request.scope),
        resource: request.resource.as_deref(),
        request: &opened.text,
        proof: &proof,
    };
    page(service_of(context, &locale), &asked)
}

/// Issues a code, and leads back to the client. A request counts once.
async fn issue(context: &Context, opened: &Opened, user: &SignedInUser, status: u16) -> Answered {
    let request = &opened.sealed.request;
    let terms = CodeTerms {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        scope: request.scope.clone(),
        resource: request.resource.clone(),
        nonce: request.nonce.clone(),
        dpop_jkt: request.dpop_jkt.clone(),
    };
    let client = (&*opened.client, Some(opened.redirect_uri.host()));
    let once = opened.sealed.once();
    match code::issue(context, &user.cookie, client, &terms, CODE_LIFETIME, Some(&once)).await? {
        Ok(Some(code)) => {
            let answer = AuthorizationResponse::Code(&code);
            let issuer = &context.config.issuer;
            redirect(status, &answer.url(&request.redirect_uri, request.state.as_deref(), issuer))
        }
        Ok(None) => say(context, Message::Expired, None),
        // The session has ended since it was looked up.
        Err(_) => sign_in(context, status, &opened.path_after_sign_out()),
    }
}
