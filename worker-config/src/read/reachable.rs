//! Routes that no request can reach.

use std::rc::Rc;

use auth_core::gate::{CanonicalPath, Choice, Route, Target, choose, method};
use auth_core::wire::paths;

/// Why no request can reach a route; `None` if some request can. Tried with the paths that are most likely to
/// reach it.
pub(super) fn obstacle(routes: &[Rc<Route>], index: usize) -> Option<String> {
    let route = routes.get(index)?;
    let stem = route.pattern.stem();
    let paths = [or_root(stem).to_owned(), format!("{stem}/"), format!("{stem}/a-name-that-no-route-has")];
    let mut obstacles = vec![];
    for path in paths {
        let Ok(canonical) = CanonicalPath::parse(&path) else {
            obstacles.push("the gate rejects every such path".to_owned());
            continue;
        };
        if !route.pattern.matches(canonical) {
            continue;
        }
        if paths::is_of_service(&path) {
            obstacles.push("the service answers these paths itself".to_owned());
            continue;
        }
        for method in route.methods.iter().filter(|method| method::is_delivered(method)) {
            match choose(routes, Target { path: canonical, query: "", method }) {
                Choice::Route { index: chosen, .. } if chosen == index => return None,
                Choice::Route { index: other, .. } => {
                    obstacles.push(format!("routes[{other}] decides about all its requests"));
                }
                Choice::Ambiguous => obstacles.push(
                    "the gate rejects every such path, because servers may read it in more than one way"
                        .to_owned(),
                ),
                Choice::MethodNotAllowed { .. } | Choice::None => {
                    obstacles.push("the gate rejects every such request".to_owned());
                }
            }
        }
    }
    // Without a method that is delivered, there is an error about the methods.
    obstacles.into_iter().next()
}

fn or_root(stem: &str) -> &str {
    if stem.is_empty() { "/" } else { stem }
}
