//! What a user of the provider means for an account here.

use crate::id::AccountId;
use crate::wire::ErrorCode;

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// The user has this account.
    Open(AccountId),
    /// The user has none: create it, with the address if there is one.
    Create,
    /// The user can't sign in.
    Reject(ErrorCode),
}

/// Decides about a user of the provider. `account` is the account with this user as a credential;
/// `address_owner` the one that has the user's verified address.
///
/// An account is never found by an address: a provider could otherwise open the account of any user of any
/// other method, and addresses are given to other users. The user whose address belongs to another account
/// signs in there by another method, and links the provider.
#[must_use]
pub fn sign_in_step(
    account: Option<AccountId>,
    address_owner: Option<&AccountId>,
    is_sign_up_open: bool,
) -> SignInStep {
    match (account, address_owner) {
        (Some(account), _) => SignInStep::Open(account),
        (None, Some(_)) => SignInStep::Reject(ErrorCode::EmailTaken),
        (None, None) if is_sign_up_open => SignInStep::Create,
        (None, None) => SignInStep::Reject(ErrorCode::SignUpClosed),
    }
}

#[cfg(test)]
mod tests {
    use super::{SignInStep, sign_in_step};
    use crate::wire::ErrorCode;

    #[test]
    fn an_account_is_found_by_the_user_and_never_by_the_address() {
        let (mine, other) = ("mine".into(), "other".into());
        for is_open in [true, false] {
            for owner in [None, Some(&mine), Some(&other)] {
                assert_eq!(
                    sign_in_step(Some("mine".into()), owner, is_open),
                    SignInStep::Open("mine".into())
                );
            }
            assert_eq!(sign_in_step(None, Some(&other), is_open), SignInStep::Reject(ErrorCode::EmailTaken));
        }
        assert_eq!(sign_in_step(None, None, true), SignInStep::Create);
        assert_eq!(sign_in_step(None, None, false), SignInStep::Reject(ErrorCode::SignUpClosed));
    }
}
