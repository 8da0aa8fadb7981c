//! The calls to an account, by what they are about. A reply of `None` means that the account does not exist, or that the
//! access token that authorises the call is not valid any more.

mod addresses;
mod administration;
mod api_keys;
mod changes;
mod creation;
mod mail_codes;
mod passkeys;
mod providers;
mod second_factor;
mod sessions;

pub use addresses::{
    AddressCalls, BeginEmailChange, FinishEmailChange, IsProved, NotItsAddress, ReleaseAddress, Undo,
    UndoEmailChange, VerifyAddress,
};
pub use administration::{
    AdministrationCalls, Delete, Disable, Enable, EndSessions, Events, NoPassword, NotConfirmed, Overview,
    ResetPassword, ResetSecondFactor, SetMetadata, SetRoles, View, ViewListed,
};
pub use api_keys::{ApiKeyCalls, ManageApiKeys, UseApiKey};
pub use changes::{ChangeCalls, ChangeProfile, Leave, ReplacePassword};
pub use creation::{
    AcceptSignUp, AccountCalls, Confirm, Confirmed, Conflict, Create, Creation, Credentials, Discard,
    FindCreation, FindProvable, Provable, Record, Rehash, StoredCredentials,
};
pub use mail_codes::{
    AnswerCode, AnsweredCode, CodeRefused, HoldCode, IssueMailCode, MailCodeCalls, RecoverPassword,
    VerifyByCode,
};
pub use passkeys::{
    AccountExists, AddPasskey, ListPasskeys, NoPasskey, NotAdded, NotRemoved, PasskeyCalls, RemovePasskey,
    RenamePasskey, SignUpByPasskey,
};
pub use providers::{
    KeepTokens, KeptTokens, Link, ListLinked, NotLinked, NotReserved, NotUnlinked, ProviderCalls,
    ProviderTokens, Reserve, TakeAddress, Unlink,
};
pub use second_factor::{
    BeginTotp, ConfirmTotp, FindFactors, FindPendingTotp, ProveFactor, RemoveTotp, ReplaceRecoveryCodes,
    SecondFactorCalls,
};
pub use sessions::{
    Admit, Check, ListSessions, MintTicket, NoSession, NotOpened, OpenSession, Reauthenticate, Refresh,
    Refreshed, RevokeSession, RevokeToken, SessionCalls, SignOut, SpendTicket, TooManyTickets,
};
