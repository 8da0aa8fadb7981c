//! Whether the Worker is reached at the host of its issuer.

use auth_core::wire::paths;
use serde_json::{Value, json};

use super::report::{Finding, Report};
use super::section::Section;
use crate::error::ConfigError;
use crate::model::Config;

pub(super) fn check(section: &Section<'_>, config: &Config, prefix: &str, report: &mut Report) {
    if !section.is_deployed() {
        return;
    }
    let issuer = config.issuer.as_str();
    let mut add = |expected: String| {
        let error = ConfigError { key: "issuer".to_owned(), found: json!(issuer).to_string(), expected };
        report.errors.push(Finding { path: format!("{prefix}.issuer"), error });
    };
    if !config.is_https() {
        let place =
            section.environment.map_or_else(|| "the top level".to_owned(), |name| format!("[env.{name}]"));
        return add(format!("an https origin, because {place} is deployed; http works on localhost only"));
    }
    let host = issuer.trim_start_matches("https://");
    let routes = routes(section);
    let workers_dev = section.inherited("workers_dev");
    // wrangler's default.
    let has_workers_dev = workers_dev.as_ref().map_or(routes.is_empty(), |(_, value)| **value == json!(true));
    if let Some(name) = host.strip_suffix(".workers.dev") {
        let own = section.worker_name().unwrap_or_default();
        if !has_workers_dev {
            add("an origin of one of the routes, because workers_dev is false".to_owned());
        } else if name.split('.').next() != Some(&*own) {
            add(format!("https://{own}.<your subdomain>.workers.dev, the address of the Worker {own}"));
        }
        return;
    }
    let at = format!("{host}{}", paths::REFRESH);
    if routes.iter().any(|route| route.reaches(host, &at)) {
        if has_workers_dev && let Some((path, value)) = workers_dev {
            let expected = "false, because the Worker would have a second address beside its issuer";
            report.warning(path, value.to_string(), expected);
        }
    } else if !routes.is_empty() {
        let patterns: Vec<&str> = routes.iter().map(|route| route.pattern).collect();
        add(format!(
            "the host of one of the routes ({}), one of which must contain {}; add {{ pattern = \"{host}\", custom_domain = true }} to `routes`",
            patterns.join(", "),
            paths::REFRESH
        ));
    } else if has_workers_dev {
        add(format!(
            "an address of the Worker, which is at workers.dev only: add {{ pattern = \"{host}\", custom_domain = true }} to `routes`, or set workers_dev = false if another Worker or Pages project at that host passes on the requests"
        ));
    } else {
        let expected = format!(
            "an address; without one, another Worker or Pages project at {host} must pass on the requests by a service binding"
        );
        report.warning(section.path("routes"), "nothing", expected);
    }
}

struct Route<'a> {
    pattern: &'a str,
    custom_domain: bool,
}

impl Route<'_> {
    fn reaches(&self, host: &str, at: &str) -> bool {
        if self.custom_domain { self.pattern == host } else { matches(self.pattern, at) }
    }
}

/// The routes of Cloudflare: `routes`, or `route`.
fn routes<'a>(section: &Section<'a>) -> Vec<Route<'a>> {
    let listed = section.inherited("routes").and_then(|(_, routes)| routes.as_array());
    let single = section.inherited("route").map(|(_, route)| route);
    let read = |route: &'a Value| {
        let pattern = route.as_str().or_else(|| route.get("pattern")?.as_str())?;
        let pattern = pattern.trim_start_matches("https://").trim_start_matches("http://");
        Some(Route { pattern, custom_domain: route.get("custom_domain") == Some(&json!(true)) })
    };
    listed.into_iter().flatten().chain(single).filter_map(read).collect()
}

/// Whether a route's pattern matches a host and path. A star stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pattern.contains('*').then(|| pattern.rsplit('*').next()).flatten() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, matched) in [
            ("app.latchkey.test/*", true),
            ("app.latchkey.test/auth/*", true),
            ("app.latchkey.test/a*", true),
            ("*.latchkey.test/*", true),
            ("*latchkey.test/*", true),
            ("app.latchkey.test/auth/refresh", true),
            ("app.latchkey.test", false),
            ("app.latchkey.test/", false),
            ("app.latchkey.test/api/*", false),
            ("www.latchkey.test/*", false),
            ("*.app.latchkey.test/*", false),
            ("app.latchkey.test/*x", false),
        ] {
            assert_eq!(matches(pattern, "app.latchkey.test/auth/refresh"), matched, "{pattern}");
        }
    }
}
