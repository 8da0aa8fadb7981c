//! The result of a check.

use crate::error::ConfigError;

/// One mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The path of the value from the top of the file.
    pub path: String,
    /// What is wrong. Its key is a path in the table `LATCHKEY`, or the same as `path`.
    pub error: ConfigError,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The configuration must not be deployed.
    pub errors: Vec<Finding>,
    /// It works, but is not recommended, or the file does not show whether it works.
    pub warnings: Vec<Finding>,
    /// The Worker secrets that must exist at Cloudflare, which the file does not show.
    pub secrets: Vec<String>,
}

impl Report {
    pub(super) fn error(&mut self, path: String, found: impl Into<String>, expected: impl Into<String>) {
        self.errors.push(finding(path, found.into(), expected.into()));
    }

    pub(super) fn warning(&mut self, path: String, found: impl Into<String>, expected: impl Into<String>) {
        self.warnings.push(finding(path, found.into(), expected.into()));
    }
}

fn finding(path: String, found: String, expected: String) -> Finding {
    Finding { error: ConfigError { key: path.clone(), found, expected }, path }
}
