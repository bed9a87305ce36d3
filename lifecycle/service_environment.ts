import type { ServiceManager, ServiceManagerOptions } from "./service_manager.ts";

/** What a service manager tells a service in its environment: sd_notify(3), sd_watchdog_enabled(3). */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET: string | undefined;
  readonly WATCHDOG_USEC: string | undefined;
  readonly WATCHDOG_PID: string | undefined;
}

/** Names of the variables of a {@linkcode ServiceEnvironment}. */
export const SERVICE_ENV_NAMES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

/** Options of {@linkcode serviceManagerOf}. */
export interface ServiceOptions extends Omit<ServiceManagerOptions, "watchdogMs"> {
  /** Told once, of the first thing that went wrong: a service that cannot tell how it is still serves. */
  readonly onError: (error: unknown) => void;
}

/**
 * The service manager that wants to be told how this process is, if there is one. The code for it is
 * read only then: a start from a shell has no use for it. Never throws.
 */
export async function serviceManagerOf(
  environment: ServiceEnvironment,
  options: ServiceOptions,
): Promise<ServiceManager | undefined> {
  if (!environment.NOTIFY_SOCKET) return undefined;
  const { openServiceManager } = await import("./systemd.ts");
  return openServiceManager(environment, options);
}
