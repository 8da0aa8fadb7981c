//! What the account's user has granted to OAuth clients: the grants, the codes, and the clients' sessions.

mod codes;
mod grants;
mod redeeming;
mod refreshing;
