//! The client's state machine (sans-IO).
