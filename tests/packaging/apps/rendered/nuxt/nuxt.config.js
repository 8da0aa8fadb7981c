export default {
  app: { baseURL: "/rendered-nuxt/" },
  compatibilityDate: "2026-01-01",
  devtools: { enabled: false },
  telemetry: false,
};
