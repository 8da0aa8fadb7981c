import { Account } from "./account.js";

export default function Page() {
  return <Account />;
}
