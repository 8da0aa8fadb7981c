//! The parameters with which the browser returns from the provider (RFC 6749 section 4.1.2).

use crate::secret::SecretText;
use crate::wire::Form;

/// The maximum length of an authorization code, in bytes. Codes of Entra ID have more than a thousand.
const MAX_CODE_BYTES: usize = 4096;

/// The parameter `iss` of the answer (RFC 9207).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedIssuer<'i> {
    /// The value that it must have; `None` if that is known only from the ID token, as with several tenants.
    pub issuer: Option<&'i str>,
    /// Whether it must be there, because the provider's metadata promises it.
    pub is_required: bool,
}

/// Why an answer is rejected. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerRejection {
    /// The provider reports an error, or the user has refused.
    Error,
    /// The provider always names itself, and this answer does not.
    IssuerMissing,
    /// The answer is another provider's (mix-up, RFC 9700 section 4.4).
    IssuerMismatch,
    /// There is no code, or one that is too long.
    NoCode,
}

impl AnswerRejection {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::IssuerMissing => "issuer_missing",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::NoCode => "no_code",
        }
    }
}

/// The code of an answer. The issuer is checked first: nothing of another provider's answer counts.
///
/// # Errors
/// [`AnswerRejection`].
pub fn read_answer(answer: &Form, expected: ExpectedIssuer<'_>) -> Result<SecretText, AnswerRejection> {
    match (answer.get("iss"), expected.issuer) {
        (None, _) if expected.is_required => return Err(AnswerRejection::IssuerMissing),
        (Some(found), Some(issuer)) if found != issuer => return Err(AnswerRejection::IssuerMismatch),
        (None | Some(_), _) => {}
    }
    if answer.get("error").is_some() {
        return Err(AnswerRejection::Error);
    }
    let code = answer.get("code").filter(|code| code.len() <= MAX_CODE_BYTES);
    code.map(|code| SecretText::new(code.to_owned())).ok_or(AnswerRejection::NoCode)
}

#[cfg(test)]
mod tests {
    use super::{AnswerRejection, ExpectedIssuer, read_answer};
    use crate::wire::Form;

    fn read(answer: &str, issuer: Option<&str>, is_required: bool) -> Result<String, AnswerRejection> {
        let answer = Form::parse(answer.as_bytes()).unwrap();
        read_answer(&answer, ExpectedIssuer { issuer, is_required }).map(|code| code.expose().to_owned())
    }

    #[test]
    fn an_answer_of_the_provider_has_a_code() {
        for (answer, is_required) in [
            ("code=c&state=s", false),
            ("code=c&iss=https%3A%2F%2Fi.example&session_state=x", false),
            ("code=c&iss=https%3A%2F%2Fi.example", true),
        ] {
            assert_eq!(read(answer, Some("https://i.example"), is_required), Ok("c".to_owned()), "{answer}");
        }
        assert_eq!(read("code=c&iss=https%3A%2F%2Fany.example", None, true), Ok("c".to_owned()));
    }

    #[test]
    fn an_answer_of_another_provider_is_rejected_before_anything_else_is_read() {
        for (answer, is_required, why) in [
            ("code=c", true, AnswerRejection::IssuerMissing),
            ("code=c&iss=", true, AnswerRejection::IssuerMissing),
            ("error=access_denied", true, AnswerRejection::IssuerMissing),
            ("code=c&iss=https%3A%2F%2Fj.example", false, AnswerRejection::IssuerMismatch),
            ("code=c&iss=https%3A%2F%2Fi.example%2F", false, AnswerRejection::IssuerMismatch),
            ("error=access_denied&iss=https%3A%2F%2Fj.example", true, AnswerRejection::IssuerMismatch),
            ("error=access_denied&code=c", false, AnswerRejection::Error),
            ("state=s", false, AnswerRejection::NoCode),
            ("code=", false, AnswerRejection::NoCode),
        ] {
            assert_eq!(read(answer, Some("https://i.example"), is_required), Err(why), "{answer}");
        }
        assert_eq!(read(&format!("code={}", "c".repeat(4097)), None, false), Err(AnswerRejection::NoCode));
        assert!(read(&format!("code={}", "c".repeat(4096)), None, false).is_ok());
    }
}
