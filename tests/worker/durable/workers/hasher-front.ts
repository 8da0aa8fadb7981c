// In front of the objects that compute long hashes, in a process of their own: gives each call a new object.
interface Namespace {
  newUniqueId(): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

export default {
  fetch: (request: Request, { HASHER }: { HASHER: Namespace }) => HASHER.get(HASHER.newUniqueId()).fetch(request),
};
