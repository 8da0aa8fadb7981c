export default {
  base: "/astro",
  devToolbar: { enabled: false },
  // Otherwise small scripts are put into the page, which the policy forbids.
  vite: { build: { assetsInlineLimit: 0 } },
};
