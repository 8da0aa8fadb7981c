//! Why a ceremony is refused.

/// Declares the refusals together with their names in the log.
macro_rules! refusals {
    ($($(#[$doc:meta])* $refusal:ident = $name:literal;)*) => {
        /// Which step of a ceremony failed. For the log, never for the client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refusal { $($(#[$doc])* $refusal,)* }

        impl Refusal {
            /// The name in the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$refusal => $name,)* }
            }
        }
    };
}

refusals! {
    /// A binary member is not base64url without padding.
    Encoding = "encoding";
    /// `type` is not `public-key`.
    CredentialType = "credential_type";
    /// The credential id is empty, has more than 1023 bytes, or is stated in two ways that differ.
    CredentialId = "credential_id";
    /// The client data are not JSON of the expected shape.
    ClientData = "client_data";
    /// The client data are those of the other ceremony.
    Ceremony = "ceremony";
    /// The response answers another challenge.
    Challenge = "challenge";
    /// The page has an origin that is not listed.
    Origin = "origin";
    /// The page was in a frame of another origin.
    CrossOrigin = "cross_origin";
    /// The authenticator data are malformed.
    AuthenticatorData = "authenticator_data";
    /// The credential belongs to another RP ID.
    RpId = "rp_id";
    /// The authenticator did not test that a user is present.
    UserPresence = "user_presence";
    /// The authenticator did not verify the user.
    UserVerification = "user_verification";
    /// The passkey is backed up, but cannot be (WebAuthn section 6.1.3), or was of the other kind when it was
    /// registered.
    BackupFlags = "backup_flags";
    /// The public key is malformed.
    PublicKey = "public_key";
    /// The public key is for an algorithm that was not requested.
    Algorithm = "algorithm";
    /// The user handle is that of another account.
    UserHandle = "user_handle";
    /// The signature is wrong.
    Signature = "signature";
}
