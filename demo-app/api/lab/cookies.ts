export function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("Cookie") ?? "").split(";")) {
    const [found, value] = pair.trim().split("=", 2);
    if (found === name) return value;
  }
  return undefined;
}
