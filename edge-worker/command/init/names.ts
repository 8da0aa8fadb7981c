// Names in the configuration that `init` writes.

/** Of the Worker. */
export const NAME = "latchkey";
/** Of the environment. */
export const PRODUCTION = "production";
export const API_BINDING = "API";
export const ASSETS_BINDING = "ASSETS";
export const MAIL_BINDING = "MAIL";
export const EMAIL_BINDING = "EMAIL";
/** Of the Worker secrets: the one that encrypts private keys, and those that prove the gate to the API and to the page's host. */
export const KEYRING_SECRET = "LATCHKEY_KEYRING_SECRET";
export const GATE_SECRET = "GATE_SECRET";
export const PAGE_SECRET = "PAGE_SECRET";
