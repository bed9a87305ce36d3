import { assert, assertEquals } from "@std/assert";
import { parseAll } from "@std/yaml";
import { VERSION } from "../../server/version.ts";
import { ROOT } from "../helpers/midgard.ts";
import { configOf } from "../server/config/loading.ts";

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Container {
  readonly image: string;
  readonly env: readonly Variable[];
  readonly ports: readonly unknown[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle?: unknown;
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: unknown;
  readonly containers: readonly [Container];
}

interface StatefulSet {
  readonly kind: "StatefulSet";
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: unknown };
    readonly template: { readonly metadata: { readonly labels: unknown }; readonly spec: Pod };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}

type Document = StatefulSet | { readonly kind: "Service" | "PodDisruptionBudget"; spec: unknown };

const documents = parseAll(
  await Deno.readTextFile(`${ROOT}scripts/kubernetes/midgard.yaml`),
) as Document[];
const workload = documents.find((one) => one.kind === "StatefulSet")!.spec as StatefulSet["spec"];
const pod = workload.template.spec;
const [container] = pod.containers;

/** The configuration that the server itself makes of the manifest's variables. */
async function config() {
  const env = container.env.map(({ name, value }) => [name, value ?? "secret"]);
  return await configOf({ env: Object.fromEntries(env) });
}

Deno.test("midgard.yaml has a service, a disruption budget and one server", () => {
  assertEquals(documents.map(({ kind }) => kind), [
    "Service",
    "PodDisruptionBudget",
    "StatefulSet",
  ]);
  assertEquals(workload.replicas, 1);
  const labels = { app: "midgard" };
  assertEquals(documents[0]?.spec, {
    selector: labels,
    ports: [{ name: "http", port: 80, targetPort: "http" }],
  });
  assertEquals(documents[1]?.spec, { maxUnavailable: 1, selector: { matchLabels: labels } });
  assertEquals([workload.selector.matchLabels, workload.template.metadata.labels], [
    labels,
    labels,
  ]);
  assertEquals(container.image, `midgard:${VERSION}`);
});

Deno.test("midgard.yaml is a configuration that the server accepts, with the port that is probed", async () => {
  const { port, host, data } = await config();
  assertEquals(container.ports, [{ name: "http", containerPort: port }]);
  assertEquals(host, "0.0.0.0");
  const [{ name, mountPath } = { name: "", mountPath: "" }] = container.volumeMounts;
  assert(data.startsWith(`${mountPath}/`), `history is at ${data}`);
  assertEquals(workload.volumeClaimTemplates.map(({ metadata }) => metadata.name), [name]);
});

Deno.test("midgard.yaml gives a stop the time that it takes", async () => {
  const { drainDelayMs, drainWindowMs, closeTimeoutMs, stopTimeoutMs } = await config();
  assert(drainDelayMs + drainWindowMs + closeTimeoutMs <= stopTimeoutMs);
  assert(stopTimeoutMs + 1_000 < pod.terminationGracePeriodSeconds * 1_000);
  assertEquals(container.lifecycle, undefined, "a preStop hook would count against the same time");
  const { periodSeconds, failureThreshold } = container.readinessProbe;
  assert(periodSeconds * failureThreshold * 1_000 < drainDelayMs, "unready before the first close");
});

Deno.test("midgard.yaml asks the addresses that the server has", () => {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const paths = [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet);
  assertEquals(paths, ["/readyz", "/readyz", "/healthz"].map((path) => ({ path, port: "http" })));
});

Deno.test("midgard.yaml takes every right away that the server does not need", () => {
  assertEquals(pod.securityContext, {
    runAsNonRoot: true,
    ...{ runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
    seccompProfile: { type: "RuntimeDefault" },
  });
  assertEquals(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});
