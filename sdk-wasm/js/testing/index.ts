/**
 * A token service in memory, for the tests of apps: {@link fakeService}. Its clients run the package's own code and
 * WebAssembly, in Node and in browsers.
 */
export { fakeService } from "./service.js";
export type {
  FakeApi,
  FakeBrowser,
  FakeCaller,
  FakeFaults,
  FakeService,
  FakeServiceOptions,
  FakeUser,
} from "./types.js";
