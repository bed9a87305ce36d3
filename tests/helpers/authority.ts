/** A certificate authority of a test's own, in a folder that goes with it. Made by OpenSSL. */
import { concatBytes } from "./frames.ts";

/** What a certificate is to say. */
export interface CertificateWish {
  /** Hosts and addresses, those of IPv6 behind `IP:`. @default localhost, 127.0.0.1 */
  readonly names?: readonly string[];
  /** Days from now. @default -1 and 90 */
  readonly fromDay?: number;
  readonly toDay?: number;
  /** How the key is made: arguments of `openssl genpkey`. @default ECDSA on P-256 */
  readonly keyArgs?: readonly string[];
}

/** Files of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** The options of `serve` that name them. */
  readonly args: readonly string[];
}

const P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const DAY_MS = 86_400_000;

const CONFIG = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`;

/** Signs whatever it is asked to. Dispose of it with `await using`. */
export class Authority implements AsyncDisposable {
  readonly folder: string;
  #issued = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes a root and its folder. */
  static async create(): Promise<Authority> {
    const authority = new Authority(await Deno.makeTempDir());
    await authority.write("ca.cnf", CONFIG);
    await authority.write("index.txt", "");
    await authority.#openssl("genpkey", ...P256, "-out", "ca-key.pem");
    const subject = ["-subj", "/CN=Test CA", "-days", "3650"];
    await authority.#openssl("req", "-x509", "-key", "ca-key.pem", ...subject, "-out", "ca.pem");
    return authority;
  }

  /** The root's certificate: the file, and its text. */
  get ca(): string {
    return this.path("ca.pem");
  }

  get caText(): string {
    return Deno.readTextFileSync(this.ca);
  }

  /** A file of the folder. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Writes a file into the folder; gives its path. */
  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.path(name), text);
    return this.path(name);
  }

  /** Makes a key and signs its certificate, followed in its file by the root's. */
  async issue(wish: CertificateWish = {}): Promise<CertificateFiles> {
    const { names = ["localhost", "127.0.0.1"], fromDay = -1, toDay = 90, keyArgs = P256 } = wish;
    const name = `issued-${++this.#issued}`;
    const [cert, key] = [`${name}.pem`, `${name}-key.pem`];
    await this.#openssl("genpkey", ...keyArgs, "-out", key);
    const subject = ["-subj", "/CN=Test"];
    await this.#openssl("req", "-new", "-key", key, ...subject, "-out", `${name}.csr`);
    const kinds = names.map(kindOf);
    await this.write(`${name}.ext`, `subjectAltName=${kinds.join(",")}\n`);
    await this.#openssl(
      ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem"],
      ...["-keyfile", "ca-key.pem", "-in", `${name}.csr`, "-extfile", `${name}.ext`],
      ...["-startdate", dateText(fromDay), "-enddate", dateText(toDay), "-out", cert],
    );
    await this.write(cert, await Deno.readTextFile(this.path(cert)) + this.caText);
    return this.files(cert, key);
  }

  /** The files of these names, whatever is in them. */
  files(certName: string, keyName: string): CertificateFiles {
    const [cert, key] = [this.path(certName), this.path(keyName)];
    return { cert, key, args: ["--tls-cert", cert, "--tls-key", key] };
  }

  /** Encrypts a key with a passphrase. */
  async encrypt(key: string): Promise<string> {
    const to = `${key}.encrypted`;
    await this.#openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:secret", "-out", to);
    return to;
  }

  /** The certificate that the server at a port shows, in PEM. */
  async shownAt(port: number): Promise<string> {
    const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost"];
    const command = new Deno.Command("openssl", { args, stdin: "null", stderr: "null" });
    const text = new TextDecoder().decode((await command.output()).stdout);
    return /-----BEGIN[^]*?-----END CERTIFICATE-----/.exec(text)?.[0] ?? text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }

  async #openssl(...args: string[]): Promise<void> {
    const command = new Deno.Command("openssl", { args, cwd: this.folder });
    const { success, stdout, stderr } = await command.output();
    if (success) return;
    const said = new TextDecoder().decode(concatBytes([stdout, stderr]));
    throw new Error(`openssl ${args.join(" ")}: ${said}`);
  }
}

/** `20261224152505Z`, so many days from now. */
function dateText(day: number): string {
  const date = new Date(Date.now() + day * DAY_MS).toISOString();
  return `${date.slice(0, 19).replace(/[-:T]/g, "")}Z`;
}

/** As OpenSSL wants them; a kind may be given. */
function kindOf(name: string): string {
  if (name.startsWith("IP:")) return name;
  return `${/^[\d.]+$/.test(name) ? "IP" : "DNS"}:${name}`;
}
