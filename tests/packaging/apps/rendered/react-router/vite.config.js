import { reactRouter } from "@react-router/dev/vite";

export default { base: "/rendered-react-router/", plugins: [reactRouter()], logLevel: "warn" };
