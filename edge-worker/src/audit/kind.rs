//! What can be recorded: the kinds of events, and the classes that an account limits separately.

use auth_core::named_enum;

/// The classes of events, which an account limits separately. Each class keeps its newest events, so that
/// events which a client can cause at will displace none of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Changes of the account or its credentials, and calls with a program's credential.
    Change,
    /// Failures, replays, reads and changes of the profile. A client can cause any number of them.
    Attempt,
    /// Sessions and API keys that begin and end. A client that has the password can cause any number of them.
    Session,
    /// Reuse of a cookie. A client that has the password can cause this too, but each time takes as long as a
    /// rotation.
    Theft,
}

impl Class {
    /// The class's number in the store.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Change => 0,
            Self::Attempt => 1,
            Self::Session => 2,
            Self::Theft => 3,
        }
    }

    /// How many events of the class an account keeps.
    #[must_use]
    pub const fn kept(self) -> u32 {
        match self {
            Self::Change => 100,
            Self::Attempt | Self::Session => 50,
            Self::Theft => 20,
        }
    }
}

named_enum! {
    /// The kind of event, by its name in the log and in the list of events. A closed set.
    pub enum Kind;

    /// A visitor created an account and was signed in.
    SignedUp = "signed_up";
    /// A sign-up was rejected; `reason` says why.
    SignUpRefused = "sign_up_refused";
    /// A session was opened.
    SignedIn = "signed_in";
    /// Sign-in failed: address or password wrong, or the account disabled; `reason` says which.
    SignInFailed = "sign_in_failed";
    /// An attempt was rejected because of a limit; `reason` says whether it was the account's or the client
    /// address's. Recorded only once in a while, regardless of the number of attempts.
    SignInLimited = "sign_in_limited";
    /// One, several or all sessions ended: `scope` says which, `sessions` how many.
    SignedOut = "signed_out";
    /// A session ended because a sign-in presented its cookie.
    SessionReplaced = "session_replaced";
    /// One session was ended from another one.
    SessionRevoked = "session_revoked";
    /// The predecessor of a session's cookie was presented within the replay window, but from another address
    /// or program than the last renewal.
    RefreshReplayed = "refresh_replayed";
    /// A predecessor was presented late and its successor never was: a response was lost, and the session
    /// continued without it.
    RefreshAnswerLost = "refresh_answer_lost";
    /// A cookie was presented that had been replaced long ago, so it was copied. The session has ended.
    RefreshReused = "refresh_reused";
    /// A one-time ticket was presented a second time: it was copied, or an `EventSource` reconnected by
    /// itself.
    TicketReplayed = "ticket_replayed";
    /// The user changed the password; every other session ended.
    PasswordChanged = "password_changed";
    /// The user replaced a forgotten password with a code; all sessions ended.
    PasswordRecovered = "password_recovered";
    /// The user has shown that the account's address is theirs.
    EmailVerified = "email_verified";
    /// The user proved a credential again in a session; `reason` is `second_factor` if it was a second factor.
    Reauthenticated = "reauthenticated";
    /// The user changed the profile.
    ProfileChanged = "profile_changed";
    /// The first credential of a sign-in was proved, and the second factor is asked for. Without a `signed_in` after
    /// it, another person may know the first credential.
    FirstFactorProved = "first_factor_proved";
    /// The user added an authenticator app.
    SecondFactorAdded = "second_factor_added";
    /// The user removed the authenticator app and the recovery codes.
    SecondFactorRemoved = "second_factor_removed";
    /// An administrator removed the second factor; all sessions ended.
    SecondFactorReset = "second_factor_reset";
    /// A code of an authenticator app, or a recovery code, was wrong or had been used.
    SecondFactorWrong = "second_factor_wrong";
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code_used";
    /// The user replaced the recovery codes.
    RecoveryCodesReplaced = "recovery_codes_replaced";
    /// The user added a passkey.
    PasskeyAdded = "passkey_added";
    /// The user removed a passkey.
    PasskeyRemoved = "passkey_removed";
    /// A change, a deletion or a new proof was rejected because the password, the code or the passkey was wrong;
    /// `reason` says which.
    PasswordWrong = "password_wrong";
    /// An administrator created the account.
    AccountCreated = "account_created";
    /// An administrator read an account or its events, or searched for an address.
    AccountRead = "account_read";
    /// An administrator listed or exported accounts. Only in the log.
    AccountsListed = "accounts_listed";
    /// The account was deleted. Only in the log, because the account's own events were deleted with it.
    AccountDeleted = "account_deleted";
    /// The account was disabled; all its sessions ended.
    AccountDisabled = "account_disabled";
    /// The account was enabled.
    AccountEnabled = "account_enabled";
    /// The account's roles changed; its access tokens are renewed.
    RolesChanged = "roles_changed";
    /// An administrator replaced the account's metadata; its access tokens are renewed.
    MetadataChanged = "metadata_changed";
    /// The account's e-mail address changed: its user proved another one, or the external system states another
    /// one.
    EmailChanged = "email_changed";
    /// A code that was sent to the former address undid a change of the address; all sessions ended.
    EmailChangeUndone = "email_change_undone";
    /// Another user has proved the account's address, which its user had not; the account has none now.
    EmailReleased = "email_released";
    /// An administrator set a one-time password; all sessions ended.
    PasswordReset = "password_reset";
    /// An administrator ended all sessions.
    SessionsEnded = "sessions_ended";
    /// The user linked a user of another provider.
    ProviderLinked = "provider_linked";
    /// The user unlinked the users of another provider.
    ProviderUnlinked = "provider_unlinked";
    /// An administrator read the tokens of other providers.
    ProviderTokensRead = "provider_tokens_read";
    /// An API key was created; `id` is its id, here and below.
    ApiKeyCreated = "api_key_created";
    /// An API key was renamed.
    ApiKeyRenamed = "api_key_renamed";
    /// An API key was revoked.
    ApiKeyRevoked = "api_key_revoked";
    /// The user granted access to an OAuth client; `id` is the client's id, here and below.
    AccessGranted = "access_granted";
    /// The user, or an administrator, withdrew what was granted to a client; `sessions` says how many sessions of the
    /// client ended, `reason` is `too_many_grants` if it was unused longest when another one was added.
    AccessWithdrawn = "access_withdrawn";
    /// A client opened a session that the user has granted.
    ClientSignedIn = "client_signed_in";
    /// A client's authorization code was used a second time, so it was copied. The session that it had opened has ended.
    AuthorizationCodeReused = "authorization_code_reused";
    /// A service, or the token's client, revoked one access token.
    TokenRevoked = "token_revoked";
    /// A service, or the token's client, ended a session by its refresh token.
    RefreshTokenRevoked = "refresh_token_revoked";
    /// A call of the admin API without a valid credential.
    AdminRefused = "admin_refused";
    /// A call of a path for services without a valid credential.
    ServiceRefused = "service_refused";
    /// A request to a path for OAuth clients was rejected because of its client's credential.
    ClientRefused = "client_refused";
    /// An OAuth client was registered, by an administrator or by itself. `id` is the client's id, here and below.
    ClientRegistered = "client_registered";
    /// An administrator changed a client; its own tokens are revoked.
    ClientChanged = "client_changed";
    /// An administrator deleted a client; all its tokens are revoked.
    ClientDeleted = "client_deleted";
    /// An administrator added a secret to a client.
    ClientSecretAdded = "client_secret_added";
    /// An administrator ended the earlier secrets of a client; its own tokens are revoked.
    ClientSecretsEnded = "client_secrets_ended";
    /// An administrator read the registered clients, or one of them.
    ClientsRead = "clients_read";
    /// An administrator listed the service's keys.
    KeysRead = "keys_read";
    /// An administrator rotated a key; `reason` says of which purpose.
    KeysRotated = "keys_rotated";
    /// An administrator removed a key before its time.
    KeyTakenOut = "key_taken_out";
    /// A key was generated and published. `reason` states the purpose, here and below.
    KeyPublished = "key_published";
    /// A key became active.
    KeyActivated = "key_activated";
    /// A key was retired: nothing new is made with it.
    KeyRetired = "key_retired";
    /// A key reached the end of its time and was deleted.
    KeyGone = "key_gone";
    /// A key was deleted before its time.
    KeyRemoved = "key_removed";
    /// A key was sealed again with another secret.
    KeyResealed = "key_resealed";
}

impl Kind {
    /// The class of the event.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::SignInFailed
            | Self::SignInLimited
            | Self::SignUpRefused
            | Self::PasswordWrong
            | Self::SecondFactorWrong
            | Self::FirstFactorProved
            | Self::RefreshReplayed
            | Self::RefreshAnswerLost
            | Self::TicketReplayed
            | Self::AccountRead
            | Self::AccountsListed
            | Self::ProfileChanged => Class::Attempt,
            Self::SignedIn
            | Self::SignedOut
            | Self::SessionReplaced
            | Self::SessionRevoked
            | Self::Reauthenticated
            | Self::ApiKeyCreated
            | Self::ApiKeyRenamed
            | Self::ApiKeyRevoked
            | Self::AccessGranted
            | Self::AccessWithdrawn
            | Self::ClientSignedIn => Class::Session,
            Self::RefreshReused | Self::AuthorizationCodeReused => Class::Theft,
            Self::SignedUp
            | Self::PasswordChanged
            | Self::PasswordRecovered
            | Self::EmailVerified
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::AccountCreated
            | Self::AccountDeleted
            | Self::AccountDisabled
            | Self::AccountEnabled
            | Self::RolesChanged
            | Self::MetadataChanged
            | Self::EmailChanged
            | Self::EmailChangeUndone
            | Self::EmailReleased
            | Self::PasswordReset
            | Self::SecondFactorAdded
            | Self::SecondFactorRemoved
            | Self::SecondFactorReset
            | Self::RecoveryCodeUsed
            | Self::RecoveryCodesReplaced
            | Self::SessionsEnded
            | Self::ProviderLinked
            | Self::ProviderUnlinked
            | Self::ProviderTokensRead
            | Self::TokenRevoked
            | Self::RefreshTokenRevoked
            | Self::AdminRefused
            | Self::ServiceRefused
            | Self::ClientRefused
            | Self::ClientRegistered
            | Self::ClientChanged
            | Self::ClientDeleted
            | Self::ClientSecretAdded
            | Self::ClientSecretsEnded
            | Self::ClientsRead
            | Self::KeysRead
            | Self::KeysRotated
            | Self::KeyTakenOut
            | Self::KeyPublished
            | Self::KeyActivated
            | Self::KeyRetired
            | Self::KeyGone
            | Self::KeyRemoved
            | Self::KeyResealed => Class::Change,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Class, Kind};

    #[test]
    fn check_45_every_kind_has_its_own_name() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        }
    }

    #[test]
    fn check_45_every_class_has_its_own_number_in_the_store() {
        let numbers: HashSet<_> = Kind::ALL.iter().map(|kind| kind.class().number()).collect();
        assert_eq!(numbers, HashSet::from([0, 1, 2, 3]));
        for (kind, class) in [
            (Kind::PasswordChanged, Class::Change),
            (Kind::SignInFailed, Class::Attempt),
            (Kind::SignedIn, Class::Session),
            (Kind::RefreshReused, Class::Theft),
        ] {
            assert_eq!(kind.class(), class, "{kind:?}");
        }
    }
}
