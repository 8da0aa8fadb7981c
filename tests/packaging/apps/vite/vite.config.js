export default {
  base: "/vite/",
  logLevel: "warn",
};
