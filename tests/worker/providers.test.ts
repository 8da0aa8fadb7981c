// Sign-in with other providers. One Worker for all tests; the providers are on loopback.
import "./providers/flow.ts";
import "./providers/attacks.ts";
import "./providers/linking.ts";
import "./providers/others.ts";
import "./providers/independent.ts";
import "./providers/outages.ts";
