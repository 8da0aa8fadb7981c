/** Seconds. No page of the lab uses one user for so long. */
const IN_USE = 3600;

/** When leftovers were last looked for, in milliseconds since the epoch. */
let lookedAt = 0;

/** The service's admin API. */
interface Admin {
  admin(method: string, path: string): Promise<Response>;
}

interface Listed {
  readonly users: readonly {
    readonly id: string;
    readonly email: string;
    /** Seconds since the epoch. */
    readonly created_at: number;
  }[];
  readonly next_cursor: string | null;
}

/**
 * Deletes the lab's users that are not in use: those of pages that were closed without deleting theirs, also in an earlier run
 * of the demo. Looks at most once in {@link IN_USE}, because the service lists all accounts for it; what fails is left to the
 * next time. `now`: milliseconds since the epoch.
 */
export async function deleteLeftovers(service: Admin, now: number): Promise<void> {
  if (now - lookedAt < IN_USE * 1000) return;
  lookedAt = now;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const response = await service.admin("GET", `/admin/users?limit=100${cursor && `&cursor=${cursor}`}`);
    if (response.status !== 200) {
      await response.body?.cancel();
      return;
    }
    const { users, next_cursor } = (await response.json()) as Listed;
    for (const { id, email, created_at } of users) {
      if (!/^lab\..*@lab\.invalid$/.test(email) || created_at > now / 1000 - IN_USE) continue;
      const deleted = await service.admin("DELETE", `/admin/users/${id}`);
      await deleted.body?.cancel();
    }
    cursor = next_cursor;
  }
}
