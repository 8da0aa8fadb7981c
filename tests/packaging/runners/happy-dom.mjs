// A document for node:test: `node --import ./happy-dom.mjs --test`.
import { Window } from "happy-dom";
import { provide } from "./provide.mjs";

provide(new Window({ url: "https://app.example.com/" }));
