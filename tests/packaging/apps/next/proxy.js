// Next puts scripts of its own into the page, so its policy needs a nonce, and the page is made anew for each request.
import { NextResponse } from "next/server";

export function proxy(request) {
  const strict = process.env.CONTENT_SECURITY_POLICY;
  if (strict === undefined) return NextResponse.next(); // The development server, whose scripts need eval.
  const nonce = crypto.randomUUID();
  const policy = strict.replace("script-src", `script-src 'nonce-${nonce}'`);
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}
