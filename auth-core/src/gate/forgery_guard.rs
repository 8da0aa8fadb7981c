//! The forgery guard: a request that changes something must come from a page that is allowed to send it.
//!
//! The cookie is `SameSite=Strict`, which stops other sites. The guard also stops other origins of the same
//! site, and covers browsers that do not implement `SameSite`. A cross-origin page can't set
//! `Latchkey-Client` without a preflight, and the service allows preflights only for listed origins.

use super::head::Head;
use super::policy::Policy;
pub use crate::wire::Forgery;
use crate::wire::{CLIENT_HEADER, CookieLookup, find_cookie};

/// The properties of a request that the guard checks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// `Latchkey-Client`.
    pub client: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// Whether the request has an `Origin`, and whether that is listed (the service's own always is).
    pub origin: OriginEvidence,
    /// Whether the request has a cookie with the refresh cookie's name, valid or not. The device cookie does not
    /// count, because it authorises nothing.
    pub has_cookie: bool,
    /// Whether the request has a `Content-Type`.
    pub has_content_type: bool,
}

/// What the `Origin` header says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OriginEvidence {
    /// The header is absent.
    #[default]
    Absent,
    /// The origin is listed.
    Listed,
    /// Any other value, including `null`.
    Foreign,
}

/// Decides whether a request passes the guard. Faults of the page are reported before a missing `Latchkey-Client`,
/// because the SDK asks without that header why its requests fail ([`is_probe`]).
///
/// # Errors
/// [`Forgery`].
pub fn judge(evidence: Evidence<'_>) -> Result<(), Forgery> {
    let is_listed = match evidence.origin {
        OriginEvidence::Foreign => return Err(Forgery::ForeignOrigin),
        OriginEvidence::Listed => true,
        OriginEvidence::Absent => false,
    };
    match evidence.fetch_site {
        None | Some("same-origin") => {}
        Some("same-site") if is_listed => {}
        Some(_) => return Err(Forgery::ForeignSite),
    }
    if !evidence.client.is_some_and(is_product) {
        return Err(Forgery::NoClient);
    }
    if evidence.fetch_site.is_none() && !is_listed && evidence.has_cookie {
        return Err(Forgery::Unexplained);
    }
    Ok(())
}

/// Decides about a form that the service's own page posts. Forms can't send `Latchkey-Client`, so the browser must
/// say that the page has the service's own origin. Forms of other listed origins are rejected. `origin`: `Origin`,
/// `own`: that of the service.
///
/// # Errors
/// [`Forgery`].
pub fn judge_form(evidence: Evidence<'_>, origin: Option<&str>, own: &str) -> Result<(), Forgery> {
    if origin.is_some_and(|origin| origin != own) {
        return Err(Forgery::ForeignOrigin);
    }
    match (evidence.fetch_site, origin) {
        (Some("same-origin"), _) | (None, Some(_)) => Ok(()),
        (Some(_), _) => Err(Forgery::ForeignSite),
        (None, None) => Err(Forgery::Unexplained),
    }
}

/// Whether a request that [`judge`] has rejected with [`Forgery::NoClient`] looks like the one that the SDK sends
/// after a failed connection, to learn whether its page's origin is listed: it comes from a listed origin other than
/// the service's own, and needs neither a preflight nor credentials. Such a request is not a developer's mistake.
#[must_use]
pub fn is_probe(evidence: Evidence<'_>) -> bool {
    evidence.origin == OriginEvidence::Listed
        && evidence.fetch_site != Some("same-origin")
        && evidence.client.is_none()
        && !evidence.has_cookie
        && !evidence.has_content_type
}

/// `<name>/<version>`, both tokens (RFC 9110 section 5.6.2).
fn is_product(text: &str) -> bool {
    let is_token = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    text.split_once('/').is_some_and(|(name, version)| is_token(name) && is_token(version))
}

/// The properties of a request.
#[must_use]
pub fn evidence<'a>(policy: &Policy<'_>, head: &'a Head) -> Evidence<'a> {
    let origin = match head.header("origin") {
        None => OriginEvidence::Absent,
        Some(origin) if policy.lists_origin(origin) => OriginEvidence::Listed,
        Some(_) => OriginEvidence::Foreign,
    };
    Evidence {
        client: head.header(CLIENT_HEADER),
        fetch_site: head.header("sec-fetch-site"),
        origin,
        has_cookie: !matches!(find_cookie(head.header("cookie")), CookieLookup::Absent),
        has_content_type: head.header("content-type").is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Forgery, OriginEvidence, is_probe, judge, judge_form};

    const CLIENT: Option<&str> = Some("latchkey-js/0.1.0");

    /// The whole decision table, written out independently of the implementation.
    #[test]
    fn check_34_every_combination_of_evidence() {
        let mut counted = 0;
        for client in [CLIENT, None] {
            for fetch_site in
                [None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none"), Some("")]
            {
                for origin in [OriginEvidence::Absent, OriginEvidence::Listed, OriginEvidence::Foreign] {
                    for has_cookie in [false, true] {
                        let allowed = client.is_some()
                            && match (fetch_site, origin) {
                                (_, OriginEvidence::Foreign) => false,
                                (Some("same-origin"), _) => true,
                                (Some("same-site"), OriginEvidence::Listed) => true,
                                (Some(_), _) => false,
                                (None, OriginEvidence::Listed) => true,
                                (None, OriginEvidence::Absent) => !has_cookie,
                            };
                        let evidence =
                            Evidence { client, fetch_site, origin, has_cookie, has_content_type: false };
                        assert_eq!(judge(evidence).is_ok(), allowed, "{evidence:?}");
                        counted += 1;
                    }
                }
            }
        }
        assert_eq!(counted, 72);
    }

    #[test]
    fn a_form_comes_from_a_page_of_the_service_s_own_origin() {
        const OWN: &str = "https://auth.example.com";
        for (fetch_site, origin, verdict) in [
            (Some("same-origin"), Some(OWN), Ok(())),
            (Some("same-origin"), None, Ok(())),
            (None, Some(OWN), Ok(())),
            (None, None, Err(Forgery::Unexplained)),
            (Some("same-site"), Some(OWN), Err(Forgery::ForeignSite)),
            (Some("cross-site"), None, Err(Forgery::ForeignSite)),
            (Some("none"), None, Err(Forgery::ForeignSite)),
            (Some(""), Some(OWN), Err(Forgery::ForeignSite)),
            (Some("same-origin"), Some("null"), Err(Forgery::ForeignOrigin)),
            (None, Some("https://app.example.com"), Err(Forgery::ForeignOrigin)),
            (Some("same-origin"), Some("https://auth.example.com.evil.example"), Err(Forgery::ForeignOrigin)),
        ] {
            for listed in [OriginEvidence::Absent, OriginEvidence::Listed, OriginEvidence::Foreign] {
                let evidence = Evidence { client: CLIENT, fetch_site, origin: listed, ..Evidence::default() };
                assert_eq!(judge_form(evidence, origin, OWN), verdict, "{fetch_site:?} {origin:?}");
            }
        }
    }

    #[test]
    fn faults_of_the_page_are_reported_before_a_missing_client_header() {
        let without = |origin, fetch_site| judge(Evidence { origin, fetch_site, ..Evidence::default() });
        for (origin, fetch_site, check) in [
            (OriginEvidence::Foreign, Some("same-site"), Forgery::ForeignOrigin),
            (OriginEvidence::Listed, Some("cross-site"), Forgery::ForeignSite),
            (OriginEvidence::Absent, Some("same-site"), Forgery::ForeignSite),
            (OriginEvidence::Listed, Some("same-site"), Forgery::NoClient),
            (OriginEvidence::Listed, None, Forgery::NoClient),
            (OriginEvidence::Absent, None, Forgery::NoClient),
        ] {
            assert_eq!(without(origin, fetch_site), Err(check), "{origin:?} {fetch_site:?}");
        }
    }

    #[test]
    fn requests_of_pages_and_programs_are_not_probes() {
        let probe = Evidence { origin: OriginEvidence::Listed, ..Evidence::default() };
        for probe in [probe, Evidence { fetch_site: Some("same-site"), ..probe }] {
            assert!(is_probe(probe), "{probe:?}");
            for other in [
                Evidence { origin: OriginEvidence::Absent, ..probe },
                Evidence { origin: OriginEvidence::Foreign, ..probe },
                Evidence { fetch_site: Some("same-origin"), ..probe },
                Evidence { client: CLIENT, ..probe },
                Evidence { client: Some("latchkey"), ..probe },
                Evidence { has_cookie: true, ..probe },
                Evidence { has_content_type: true, ..probe },
            ] {
                assert!(!is_probe(other), "{other:?}");
            }
        }
    }

    #[test]
    fn the_client_header_is_a_product() {
        let with = |client| {
            judge(Evidence { client: Some(client), fetch_site: Some("same-origin"), ..Evidence::default() })
        };
        for client in ["curl/8", "latchkey-js/0.1.0", "a/b"] {
            assert_eq!(with(client), Ok(()), "{client}");
        }
        let long = format!("{}/1", "a".repeat(65));
        for client in ["", "/", "a", "a/", "/1", "a/b/c", "a b/1", "a/1, b/2", "ä/1", &long] {
            assert_eq!(with(client), Err(Forgery::NoClient), "{client}");
        }
    }
}
