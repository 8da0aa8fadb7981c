/** @type {import("next").NextConfig} */
export default {
  basePath: "/next",
  // Where the packages are; without it Next looks for a lock file further up.
  turbopack: { root: new URL("../..", import.meta.url).pathname },
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
        { key: "Cross-Origin-Embedder-Policy", value: "require-corp" },
      ],
    },
  ],
};
