// Nothing is needed for the package. The test names the base.
export default { logLevel: "warn" };
