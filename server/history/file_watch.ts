/** How often the names are looked at, in milliseconds: a look takes microseconds. */
const LOOK_EVERY_MS = 100;

/**
 * Whether an open history file, and the log beside it, are still what stands under their names. A
 * file that was removed or replaced takes everything that is written, and the next start finds
 * nothing of it: what goes there is not stored.
 */
export class FileWatch {
  readonly #path: string;
  readonly #now: () => number;
  readonly #identities = new Map<string, string>();
  #lookedAt: number;
  #trouble: string | undefined;

  /** @param path Of the open file. @param now Milliseconds of a clock that never jumps. */
  constructor(path: string, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
    this.#lookedAt = now();
    // Behind a link the log lies beside the file itself.
    for (const name of [path, `${Deno.realPathSync(path)}-wal`]) {
      const identity = identityOf(name);
      if (identity !== undefined) this.#identities.set(name, identity);
    }
  }

  /** Why nothing that is written now would be found again, as seen in the last 100 ms. */
  get trouble(): string | undefined {
    if (this.#now() - this.#lookedAt >= LOOK_EVERY_MS) this.look();
    return this.#trouble;
  }

  /** As {@linkcode trouble}, as seen now. */
  look(): string | undefined {
    this.#lookedAt = this.#now();
    const changed = [...this.#identities].find(([name, identity]) => hasChanged(name, identity));
    this.#trouble = changed && `${changed[0]} was removed or replaced: ` +
        `put it back, or restart the server to begin with what stands at ${this.#path}`;
    return this.#trouble;
  }
}

/** Tells files apart; undefined where there is none. */
function identityOf(name: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(name);
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function hasChanged(name: string, identity: string): boolean {
  try {
    return identityOf(name) !== identity;
  } catch {
    // A folder that may not be looked into any more says nothing of a file that is open.
    return false;
  }
}
