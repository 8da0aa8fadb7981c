import type { Component } from "svelte";
import type { SignInProps } from "./index.js";

declare const SignIn: Component<SignInProps>;
export default SignIn;
