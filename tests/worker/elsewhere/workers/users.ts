// The external system as a Worker behind a service binding. The address in the request selects its response.
export default {
  async fetch(request: Request): Promise<Response> {
    const { email } = (await request.json()) as { email: string };
    switch (email.split("@")[0]) {
      case "yes":
        return Response.json({ id: "7", roles: ["reader"], path: new URL(request.url).pathname });
      case "no":
        return Response.json({ verdict: "refused" }, { status: 401 });
      case "throws":
        throw new Error("a fault of the external system");
      case "hangs":
        return new Promise(() => {});
      default:
        return new Response("<!doctype html>", { headers: { "Content-Type": "text/html" } });
    }
  },
};
