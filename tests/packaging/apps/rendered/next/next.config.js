/** @type {import("next").NextConfig} */
export default {
  basePath: "/rendered-next",
  // Where the packages are; without it Next looks for a lock file further up.
  turbopack: { root: new URL("../..", import.meta.url).pathname },
};
