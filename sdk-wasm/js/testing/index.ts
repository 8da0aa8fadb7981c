/**
 * A token service in memory, for the tests of apps: {@link fakeService}. It needs no browser and no WebAssembly, only
 * the classes of `fetch` (Node 18 has them).
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
