/** Starts a real nginx or HAProxy with the very configuration that the README shows. */
import { freePort } from "./free_port.ts";
import { ROOT } from "./midgard.ts";
import { waitFor } from "./wait.ts";

/** Which program. */
export type BalancerKind = "nginx" | "haproxy";

/** The servers in the configurations. */
const PORTS = [8_001, 8_002, 8_003] as const;

/** A balancer before three servers. Dispose of it with `await using`. */
export class Balancer implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #output: Promise<string>;

  private constructor(child: Deno.ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
    this.#output = new Response(child.stderr).text();
  }

  /** @param ports Of the servers; they need not be there yet. */
  static async start(kind: BalancerKind, ports: readonly number[]): Promise<Balancer> {
    const [port, folder] = [freePort(), await Deno.makeTempDir()];
    const shown = kind === "nginx" ? "scripts/nginx/midgard.conf" : "scripts/haproxy/midgard.cfg";
    let text = (await Deno.readTextFile(ROOT + shown)).replace(":8000", `:${port}`);
    for (const [index, each] of PORTS.entries()) {
      text = text.replace(`:${each}`, `:${ports[index]}`);
    }
    const path = `${folder}/${kind}.conf`;
    await Deno.writeTextFile(path, kind === "nginx" ? nginxAround(text, folder) : text);
    const args = kind === "nginx" ? ["-p", folder, "-c", path] : ["-db", "-f", path];
    const command = new Deno.Command(kind, {
      args,
      stdout: "null",
      stderr: "piped",
      stdin: "null",
    });
    const balancer = new Balancer(command.spawn(), port, folder);
    await balancer.#untilListening();
    return balancer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#output;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #untilListening(): Promise<void> {
    const isThere = async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return true;
      } catch {
        return false;
      }
    };
    await waitFor(isThere, { what: "the balancer to listen" });
  }
}

/** What is around it on Debian, in a folder of its own, without becoming a daemon. */
function nginxAround(text: string, folder: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  return `daemon off; pid ${folder}/pid; error_log stderr warn; worker_processes 1;
events { worker_connections 4096; }
http { access_log off; ${temporary}
${text}
}
`;
}
