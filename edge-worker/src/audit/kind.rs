//! What can be recorded: the kinds of events, and the classes that an account limits separately.

use serde::{Deserialize, Serialize};

/// The classes of events, which an account limits separately. Each class keeps its newest events, so that
/// events which a client can cause at will displace none of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Changes of the account or its credentials, and calls with a program's credential.
    Change,
    /// Failures, replays and reads. Any client can cause any number of them.
    Attempt,
    /// Sessions that begin and end. A client that has the password can cause any number of them.
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

/// Declares the enum together with everything that must stay consistent with it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// The kind of event. A closed set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the log and in the list of events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
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
    /// The user proved the password again in a session.
    Reauthenticated = "reauthenticated";
    /// A change or deletion was rejected because the password was wrong.
    PasswordWrong = "password_wrong";
    /// An administrator created the account.
    AccountCreated = "account_created";
    /// An administrator read an account or its events, or searched for an address.
    AccountRead = "account_read";
    /// The account was deleted. Only in the log, because the account's own events were deleted with it.
    AccountDeleted = "account_deleted";
    /// The account was disabled; all its sessions ended.
    AccountDisabled = "account_disabled";
    /// The account was enabled.
    AccountEnabled = "account_enabled";
    /// The account's roles changed; its access tokens are renewed.
    RolesChanged = "roles_changed";
    /// The user's e-mail address in the external system changed.
    EmailChanged = "email_changed";
    /// An administrator set a one-time password; all sessions ended.
    PasswordReset = "password_reset";
    /// An administrator ended all sessions.
    SessionsEnded = "sessions_ended";
    /// A service revoked one access token.
    TokenRevoked = "token_revoked";
    /// A service ended a session by its refresh token.
    RefreshTokenRevoked = "refresh_token_revoked";
    /// A call of the admin API without a valid credential.
    AdminRefused = "admin_refused";
    /// A call of a path for services without a valid credential.
    ServiceRefused = "service_refused";
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
            | Self::RefreshReplayed
            | Self::RefreshAnswerLost
            | Self::TicketReplayed
            | Self::AccountRead => Class::Attempt,
            Self::SignedIn
            | Self::SignedOut
            | Self::SessionReplaced
            | Self::SessionRevoked
            | Self::Reauthenticated => Class::Session,
            Self::RefreshReused => Class::Theft,
            Self::SignedUp
            | Self::PasswordChanged
            | Self::AccountCreated
            | Self::AccountDeleted
            | Self::AccountDisabled
            | Self::AccountEnabled
            | Self::RolesChanged
            | Self::EmailChanged
            | Self::PasswordReset
            | Self::SessionsEnded
            | Self::TokenRevoked
            | Self::RefreshTokenRevoked
            | Self::AdminRefused
            | Self::ServiceRefused
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
