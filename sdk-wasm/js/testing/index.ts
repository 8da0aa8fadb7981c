/**
 * A token service in memory, for the tests of apps: {@link fakeService}. Its clients run the package's own code and
 * WebAssembly, in Node and in browsers.
 */
export { fakeService } from "./service.js";
export type {
  FakeApi,
  FakeAuthenticator,
  FakeBrowser,
  FakeCaller,
  FakeFaults,
  FakeGrant,
  FakeMail,
  FakeProvider,
  FakeService,
  FakeServiceOptions,
  FakeSession,
  FakeUser,
} from "./types.js";
