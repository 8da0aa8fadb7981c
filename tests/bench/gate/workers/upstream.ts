// The API behind every candidate: a small answer, always the same; and one path that tells who the gate says is
// calling.
const BODY = JSON.stringify({
  notes: [
    { id: "n1", text: "Buy milk" },
    { id: "n2", text: "Call the plumber" },
  ],
});

export default {
  fetch(request: Request): Response {
    if (request.url.endsWith("/whoami")) return Response.json(Object.fromEntries(request.headers));
    return new Response(BODY, { headers: { "Content-Type": "application/json" } });
  },
};
