//! The Account object's tables. Times are whole seconds since the Unix epoch.

use crate::objects::schema::Schema;

pub(super) const SCHEMA: Schema = Schema {
    marker_table: "account",
    steps: &[
        &[
            // One row for the account, and one per session, which is kept until its absolute expiry even if
            // it ended before.
            "CREATE TABLE IF NOT EXISTS account (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                email TEXT NOT NULL,
                password_hash TEXT NOT NULL,
                roles TEXT NOT NULL,
                epoch INTEGER NOT NULL,
                disabled INTEGER NOT NULL,
                confirmed INTEGER NOT NULL,
                created_at INTEGER NOT NULL
            )",
            "CREATE TABLE IF NOT EXISTS family (
                id TEXT PRIMARY KEY,
                nonce TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_used_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                idle_expires_at INTEGER NOT NULL,
                generation INTEGER NOT NULL,
                made_at INTEGER NOT NULL,
                replayed_at INTEGER NOT NULL,
                presented INTEGER NOT NULL,
                predecessor INTEGER,
                key_spans TEXT NOT NULL,
                jkt TEXT,
                user_agent TEXT NOT NULL,
                address TEXT NOT NULL,
                ended_at INTEGER,
                end_reason TEXT
            )",
            // Revocations that have not been delivered yet, in the order of their creation.
            "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)",
            // The one-time password, until the user replaces it.
            "CREATE TABLE IF NOT EXISTS one_time (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                until INTEGER NOT NULL,
                session TEXT
            )",
            // The newest events. `attempt` is the number of their class.
            "CREATE TABLE IF NOT EXISTS event (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                attempt INTEGER NOT NULL,
                event TEXT NOT NULL
            )",
        ],
        // One-time tickets by name, until they expire.
        &["CREATE TABLE IF NOT EXISTS ticket (
            name TEXT PRIMARY KEY,
            session TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            presented INTEGER NOT NULL
        )"],
        // Sessions opened by an older version: their users proved a credential when they opened them.
        &[
            "ALTER TABLE family ADD COLUMN authenticated_at INTEGER NOT NULL DEFAULT 0",
            "UPDATE family SET authenticated_at = created_at",
        ],
        // The request that created the account, until it expires.
        &["CREATE TABLE IF NOT EXISTS creation (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            key_hash TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            nonce TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        )"],
        // The limiter's subjects for the addresses that the user typed, if the credentials are external.
        &["CREATE TABLE IF NOT EXISTS typed (subject TEXT PRIMARY KEY, at INTEGER NOT NULL)"],
        // Access tokens that were revoked individually, by `jti`, until they expire.
        &["CREATE TABLE IF NOT EXISTS revoked_token (
            id TEXT PRIMARY KEY,
            until INTEGER NOT NULL
        ) WITHOUT ROWID"],
        // Credentials and addresses of the account, of which it may have several. Until this version they
        // were columns of `account`. Code of the previous version reads and writes only those columns, so
        // this version's code writes them too, and the triggers copy what the previous version's code writes.
        &[
            "CREATE TABLE IF NOT EXISTS credential (
                version INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL,
                value TEXT NOT NULL
            )",
            "CREATE TABLE IF NOT EXISTS address (email TEXT PRIMARY KEY, claimed INTEGER NOT NULL)",
            "INSERT INTO credential (kind, value) SELECT
                iif(substr(password_hash, 1, 10) = 'elsewhere ', 'external', 'password'),
                iif(substr(password_hash, 1, 10) = 'elsewhere ', substr(password_hash, 11), password_hash)
                FROM account",
            "INSERT INTO address (email, claimed)
                SELECT email, substr(password_hash, 1, 10) <> 'elsewhere ' FROM account",
            "CREATE TRIGGER IF NOT EXISTS password_replaced AFTER UPDATE OF password_hash ON account
                WHEN NOT EXISTS (SELECT 1 FROM credential WHERE kind = 'password' AND value = NEW.password_hash)
                BEGIN
                    DELETE FROM credential WHERE kind = 'password';
                    INSERT INTO credential (kind, value) VALUES ('password', NEW.password_hash);
                END",
            "CREATE TRIGGER IF NOT EXISTS stated_address_replaced AFTER UPDATE OF email ON account
                WHEN NOT EXISTS (SELECT 1 FROM address WHERE email = NEW.email)
                BEGIN
                    DELETE FROM address WHERE claimed = 0;
                    INSERT INTO address (email, claimed) VALUES (NEW.email, 0);
                END",
            // How the session's user authenticated. Until this version it was always by a password.
            "ALTER TABLE family ADD COLUMN methods TEXT NOT NULL DEFAULT '[\"pwd\"]'",
        ],
        // Challenges by the browser for which they were issued, until they expire.
        &["CREATE TABLE IF NOT EXISTS challenge (
            browser TEXT PRIMARY KEY,
            challenge TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        )"],
        // Proofs that count once, by the ids of their challenges, until the challenges expire. Challenges of the
        // previous version lack what they expect; none of its routes issued one.
        &[
            "CREATE TABLE IF NOT EXISTS used_proof (id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
            "DELETE FROM challenge",
            // Whether an administrator has assigned the address.
            "ALTER TABLE address ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0",
        ],
        // What the user, and the deployer, say about the user: JSON objects, null until they are set.
        &["ALTER TABLE account ADD COLUMN profile TEXT", "ALTER TABLE account ADD COLUMN metadata TEXT"],
        // Messages to other systems that have not been confirmed yet, in the order of their creation.
        &["CREATE TABLE IF NOT EXISTS delivery (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            channel TEXT NOT NULL,
            id TEXT NOT NULL,
            body TEXT NOT NULL,
            may_be_lost INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            due_at INTEGER NOT NULL
        )"],
        // Keys of the Directory that are being claimed or released, until the claim ends. The tokens of other
        // providers, sealed.
        &[
            "CREATE TABLE IF NOT EXISTS reservation (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS provider_token (
                provider TEXT PRIMARY KEY,
                sealed TEXT NOT NULL,
                at INTEGER NOT NULL
            ) WITHOUT ROWID",
        ],
        // The authenticator app, and the one that waits for its confirmation, which has an expiry. The hashes of
        // the recovery codes that are left.
        &[
            "CREATE TABLE IF NOT EXISTS totp (
                version INTEGER PRIMARY KEY AUTOINCREMENT,
                secret TEXT NOT NULL,
                last_step INTEGER NOT NULL,
                expires_at INTEGER
            )",
            "CREATE TABLE IF NOT EXISTS recovery_code (hash TEXT PRIMARY KEY) WITHOUT ROWID",
        ],
        // API keys, until they are revoked, or have been expired for 30 days.
        &["CREATE TABLE IF NOT EXISTS api_key (
            id TEXT PRIMARY KEY,
            mac TEXT NOT NULL UNIQUE,
            terms TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            last_used_at INTEGER
        )"],
        // Addresses that are about to become the account's, those that it had before, with the hash of the code
        // that undoes the change, and those of which the Directory is still to be told.
        &[
            "CREATE TABLE IF NOT EXISTS pending_address (email TEXT PRIMARY KEY, until INTEGER NOT NULL)",
            "CREATE TABLE IF NOT EXISTS former_address (
                email TEXT PRIMARY KEY,
                undo_hash TEXT NOT NULL,
                until INTEGER NOT NULL
            )",
            "CREATE TABLE IF NOT EXISTS unsynced_address (email TEXT PRIMARY KEY)",
            // The browsers in which the user has signed in, by their device cookies.
            "CREATE TABLE IF NOT EXISTS known_browser (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                hash TEXT NOT NULL UNIQUE
            )",
        ],
        // What the user has granted to OAuth clients, until it is withdrawn; an empty resource is the configured
        // audience. Authorization codes, until a second use need not be recognised any more. What was granted to the
        // client of a session; null: the session is the user's own.
        &[
            "CREATE TABLE IF NOT EXISTS client_grant (
                id TEXT PRIMARY KEY,
                client TEXT NOT NULL,
                scope TEXT NOT NULL,
                resource TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_used_at INTEGER,
                UNIQUE (client, resource)
            )",
            "CREATE TABLE IF NOT EXISTS authorization_code (
                hash TEXT PRIMARY KEY,
                grant_id TEXT NOT NULL,
                code TEXT NOT NULL,
                expires_at INTEGER NOT NULL
            )",
            "ALTER TABLE family ADD COLUMN delegation TEXT",
        ],
    ],
    readable_from: 2,
};
